/**
 * What kubelets may do: the rules of `system:node`, and of secrets, config maps, claims and volumes only what pods bound
 * to their own node refer to. Upstream: plugin/pkg/auth/authorizer/node/node_authorizer.go.
 * Simplified: leases, CSINodes and tokens of others are kept from a node by the admission plugin NodeRestriction alone;
 * volumes are reached through a claim that a pod of the node names, not through a graph of all references.
 */
import { RESOURCE_GROUP } from "../../api/dra/device-requests.ts";
import { deviceClaimKeys } from "../../api/dra/pod-claims.ts";
import type { PersistentVolumeClaim, Pod, PodSpec } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { NODE_USER_PREFIX, NODES_GROUP } from "../../api/meta/user-info.ts";
import type { UserInfo } from "../../api/meta/user-info.ts";
import type { Store } from "../../etcd/store.ts";
import type { ServerContext } from "../server-context.ts";
import type { PodsByNode } from "../storage/pods-by-node.ts";
import { storageKey } from "../storage/storage-keys.ts";
import { isPath, kindText } from "./attributes.ts";
import type { Attributes, ResourceAttributes } from "./attributes.ts";
import type { Decision } from "./authorizer.ts";
import { NO_OPINION } from "./authorizer.ts";
import { NODE_RULES } from "./policy/cluster-roles.ts";
import { rules } from "./policy/rule-text.ts";
import { matchesResource } from "./rule-match.ts";

/** Kinds that a node sees only as far as its pods need them. */
const REFERRED = new Set(["secrets", "configmaps", "persistentvolumeclaims", "persistentvolumes"]);
const DEVICE_CLAIMS = "resourceclaims";
/** What nodes may do with devices besides: not of the role that is bootstrapped. */
const DEVICE_RULES = ["get resource.k8s.io resourceclaims", "deletecollection resource.k8s.io resourceslices"];
const ALLOWED: Decision = { allowed: true, reason: "" };

/** `worker-1` of `system:node:worker-1`; undefined for who is no node, "" for a node without a name. Upstream: NodeIdentity. */
export function nodeNameOf(user: UserInfo): string | undefined {
  if (!user.groups.includes(NODES_GROUP)) return undefined;
  return user.name.startsWith(NODE_USER_PREFIX) ? user.name.slice(NODE_USER_PREFIX.length) : undefined;
}

function isReferred({ group, resource }: ResourceAttributes): boolean {
  return group === "" ? REFERRED.has(resource) : group === RESOURCE_GROUP && resource === DEVICE_CLAIMS;
}

export type AuthorizedStore = Pick<ServerContext, "objects" | "podsByNode" | "resourceById">;

export class NodeAuthorizer {
  private readonly store: Store<KubeObject>;
  private readonly resourceById: (id: string) => Resource | undefined;
  private readonly rules = rules([...NODE_RULES, ...DEVICE_RULES]);
  private readonly podsByNode: PodsByNode;
  /** Verbs that the rules allow for every object: by verb and resource. */
  private readonly known = new Map<string, boolean>();

  constructor(context: AuthorizedStore) {
    this.store = context.objects.store;
    this.podsByNode = context.podsByNode;
    this.resourceById = context.resourceById;
  }

  allows(user: UserInfo, attributes: ResourceAttributes): boolean {
    const node = nodeNameOf(user);
    if (node === undefined || node === "") return false;
    if (isReferred(attributes)) return this.mayRead(node, attributes).allowed;
    return this.rulesAllow(attributes);
  }

  authorize(user: UserInfo, attributes: Attributes): Decision {
    const node = nodeNameOf(user);
    if (node === undefined) return NO_OPINION;
    if (node === "") return { allowed: false, reason: `unknown node for user ${JSON.stringify(user.name)}` };
    if (isPath(attributes)) return NO_OPINION;
    if (isReferred(attributes)) return this.mayRead(node, attributes);
    return this.rulesAllow(attributes) ? ALLOWED : NO_OPINION;
  }

  private rulesAllow(attributes: ResourceAttributes): boolean {
    const key = kindText(attributes);
    let allowed = this.known.get(key);
    if (allowed === undefined) {
      allowed = this.rules.some((rule) => matchesResource(rule, attributes));
      this.known.set(key, allowed);
    }
    return allowed;
  }

  private mayRead(node: string, attributes: ResourceAttributes): Decision {
    const { verb, resource, subresource, namespace, name } = attributes;
    const status = resource === "persistentvolumeclaims" && subresource === "status";
    if (status ? !this.rulesAllow(attributes) : subresource !== "") {
      return { allowed: false, reason: "cannot read subresource" };
    }
    const watches = resource === "secrets" || resource === "configmaps";
    const reads = verb === "get" || (watches && (verb === "list" || verb === "watch"));
    if (!reads && !status) {
      const verbs = watches ? "read" : "get";
      return { allowed: false, reason: `can only ${verbs} resources of this type` };
    }
    if (name === "") return { allowed: false, reason: "No Object name found" };
    for (const key of this.podsByNode.on(node)) {
      const pod = this.store.get(key)?.value as Pod | undefined;
      if (pod !== undefined && this.refersTo(pod, { resource, namespace, name })) return ALLOWED;
    }
    return { allowed: false, reason: `no relationship found between node '${node}' and this object` };
  }

  private refersTo(pod: Pod, object: { resource: string; namespace: string; name: string }): boolean {
    const { resource, namespace, name } = object;
    if (resource === DEVICE_CLAIMS) return deviceClaimKeys(pod).includes(`${namespace}/${name}`);
    const references = referencesOf(pod.spec);
    if (resource !== "persistentvolumes") {
      const reference = `${resource}/${name}`;
      if (pod.metadata.namespace !== namespace) return false;
      return references.has(reference) || ephemeralClaims(pod).includes(reference);
    }
    const claims = this.resourceById("persistentvolumeclaims");
    if (claims === undefined) return false;
    for (const reference of [...references, ...ephemeralClaims(pod)]) {
      if (!reference.startsWith("persistentvolumeclaims/")) continue;
      const claim = reference.slice("persistentvolumeclaims/".length);
      const stored = this.store.get(storageKey(claims, pod.metadata.namespace ?? "", claim))?.value;
      if ((stored as PersistentVolumeClaim | undefined)?.spec?.volumeName === name) return true;
    }
    return false;
  }
}

/** Claims that its generic ephemeral volumes have, by the names that they go by. Upstream: ephemeral.VolumeClaimName. */
function ephemeralClaims({ metadata, spec }: Pod): string[] {
  return (spec.volumes ?? []).flatMap(({ name, ephemeral }) =>
    ephemeral === undefined ? [] : [`persistentvolumeclaims/${metadata.name}-${name}`],
  );
}

const referred = new WeakMap<PodSpec, ReadonlySet<string>>();

/** `secrets/tls`, `configmaps/app`: all that a pod's spec names. Upstream: pkg/api/v1/pod VisitPodSecretNames and its like. */
export function referencesOf(spec: PodSpec): ReadonlySet<string> {
  let found = referred.get(spec);
  if (found === undefined) referred.set(spec, (found = collect(spec)));
  return found;
}

function collect(spec: PodSpec): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (resource: string, name: string | undefined): void => {
    if (name !== undefined && name !== "") found.add(`${resource}/${name}`);
  };
  for (const { name } of spec.imagePullSecrets ?? []) add("secrets", name);
  for (const container of [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])]) {
    for (const { valueFrom } of container.env ?? []) {
      add("secrets", valueFrom?.secretKeyRef?.name);
      add("configmaps", valueFrom?.configMapKeyRef?.name);
    }
    for (const { secretRef, configMapRef } of container.envFrom ?? []) {
      add("secrets", secretRef?.name);
      add("configmaps", configMapRef?.name);
    }
  }
  for (const volume of spec.volumes ?? []) {
    add("secrets", volume.secret?.secretName);
    add("configmaps", volume.configMap?.name);
    add("persistentvolumeclaims", volume.persistentVolumeClaim?.claimName);
    add("secrets", volume.csi?.nodePublishSecretRef?.name);
    for (const source of volume.projected?.sources ?? []) {
      add("secrets", source.secret?.name);
      add("configmaps", source.configMap?.name);
    }
  }
  return found;
}
