/**
 * Who owns whom, over all kinds, read from informers. Upstream: pkg/controller/garbagecollector/{graph,graph_builder}.go.
 * Simplified: no virtual nodes; an owner that no informer knows is asked for at the server.
 */
import { ownerUids, sameOwners } from "../../client/store.ts";
import type { OwnerReference } from "../../api/generated/types.ts";
import { keyOf, splitKey } from "../../api/meta/object.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { ResourceCatalog } from "../../api/meta/resource-catalog.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { isNotFound } from "../../api/meta/status-error.ts";
import type { Informers } from "../../client/contracts.ts";
import type { Lister } from "../../client/informer.ts";
import type { ControllerContext } from "../define-controller.ts";

const OWNER = "owner";
export const FOREGROUND = "foregroundDeletion";
export const ORPHAN = "orphan";

/**
 * Events own nothing, are owned by nothing, and are many. Owners come before their dependents, so that at the start a
 * dependent finds its owner known.
 */
function collected(catalog: ResourceCatalog): Resource[] {
  const stored = catalog.stored();
  return [...stored.filter(({ id }) => id !== "events" && id !== "pods"), ...stored.filter(({ id }) => id === "pods")];
}

export interface GraphHandlers {
  onChange(node: GraphNode, old: KubeObject | undefined): void;
  onGone(node: GraphNode): void;
}

/** An object and the resource that it is of. */
export interface GraphNode {
  resource: Resource;
  object: KubeObject;
}

/** `deployments.apps|default/web` */
export function nodeKey({ resource, object }: GraphNode): string {
  return `${resource.id}|${keyOf(object)}`;
}

export function isWaitingForDependents({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(FOREGROUND) === true;
}

export function isOrphaning({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(ORPHAN) === true;
}

export class OwnerGraph {
  private readonly listers = new Map<string, { resource: Resource; lister: Lister<KubeObject> }>();
  /** Every object that an informer knows, by uid. */
  private readonly byUid = new Map<string, GraphNode>();

  /** Watches what the server serves; called again after each change of that. */
  watch(catalog: ResourceCatalog, informers: Informers, { onChange, onGone }: GraphHandlers): void {
    const wanted = collected(catalog);
    const served = new Set(wanted);
    for (const { resource } of [...this.listers.values()]) {
      if (served.has(resource)) continue;
      informers.forget(resource);
      this.listers.delete(resource.id);
    }
    for (const resource of wanted) {
      if (this.listers.has(resource.id)) continue;
      const informer = informers.informer(resource);
      informer.addIndex(OWNER, ownerUids, sameOwners);
      this.listers.set(resource.id, { resource, lister: informer.lister });
      const put = (object: KubeObject): GraphNode => {
        const { uid } = object.metadata;
        const known = this.byUid.get(uid);
        if (known !== undefined) {
          known.object = object;
          return known;
        }
        const node = { resource, object };
        this.byUid.set(uid, node);
        return node;
      };
      informer.addHandler({
        onAdd: (object) => onChange(put(object), undefined),
        onUpdate: (object, old) => onChange(put(object), old),
        onDelete: (object) => {
          this.byUid.delete(object.metadata.uid);
          onGone({ resource, object });
        },
      });
    }
  }

  get(key: string): GraphNode | undefined {
    const bar = key.indexOf("|");
    const known = this.listers.get(key.slice(0, bar));
    const object = known?.lister.get(key.slice(bar + 1));
    return known && object && { resource: known.resource, object };
  }

  byOwner(uid: string): GraphNode[] {
    const found: GraphNode[] = [];
    for (const { resource, lister } of this.listers.values()) {
      for (const object of lister.byIndex(OWNER, uid)) found.push({ resource, object });
    }
    return found;
  }

  known(uid: string): GraphNode | undefined {
    return this.byUid.get(uid);
  }

  /** True iff the reference's uid is that of an object in a namespace where the dependent isn't. */
  isElsewhere({ uid }: OwnerReference, dependent: KubeObject): boolean {
    const namespace = this.byUid.get(uid)?.object.metadata.namespace;
    return namespace !== undefined && namespace !== dependent.metadata.namespace;
  }

  /**
   * The owner that a reference means; undefined: there is none, and the server says so. A reference to a kind that the
   * server doesn't have counts as a living owner, and so does one of an object without namespace to one that has one:
   * nothing is collected on a guess.
   */
  owner(
    ctx: ControllerContext,
    reference: OwnerReference,
    dependent: KubeObject,
  ): GraphNode | "unknown kind" | undefined {
    const known = this.byUid.get(reference.uid);
    const { kind, metadata } = known?.object ?? { kind: "", metadata: { name: "" } };
    const isMeant = kind === reference.kind && metadata.name === reference.name;
    if (known !== undefined && isMeant && !this.isElsewhere(reference, dependent)) return known;
    const resource = ctx.client.transport.catalog.byKind(reference.apiVersion, reference.kind);
    if (resource === undefined) return "unknown kind";
    const namespace = resource.namespaced ? dependent.metadata.namespace : "";
    if (namespace === undefined) return "unknown kind";
    try {
      const object = ctx.client.resource(resource).get(namespace, reference.name);
      return object.metadata.uid === reference.uid ? { resource, object } : undefined;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}

/** How the journal names a node. */
export function subjectOf(key: string): string {
  const bar = key.indexOf("|");
  const plural = key.slice(0, bar).split(".")[0] ?? "";
  const { namespace, name } = splitKey(key.slice(bar + 1));
  return namespace === "" ? `${plural}/${name}` : `${plural}/${namespace}/${name}`;
}
