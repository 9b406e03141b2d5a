/** Deletes what has lost its owners. Upstream: pkg/controller/garbagecollector/garbagecollector.go. */
import type { OwnerReference, Pod } from "../../api/generated/types.ts";
import type { PropagationPolicy } from "../../api/meta/request.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { isConflict, isNotFound } from "../../api/meta/status-error.ts";
import { pods } from "../../api/registry.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";
import { FOREGROUND, isOrphaning, isWaitingForDependents, nodeKey, ORPHAN, OwnerGraph, subjectOf } from "./graph.ts";
import type { GraphHandlers, GraphNode } from "./graph.ts";

const INVALID_NAMESPACE = "OwnerRefInvalidNamespace";

export function garbageCollector(): ControllerDefinition<Pod> {
  const graph = new OwnerGraph();
  return defineController<Pod>({
    name: "generic-garbage-collector",
    eventSource: "garbage-collector-controller",
    for: pods,
    // It looks at all kinds alike; see `setup`.
    keys: () => [],
    subject: subjectOf,
    setup(informers, ctx) {
      const handlers: GraphHandlers = {
        onChange: (node, old) => onChange(ctx, graph, { node, old }),
        onGone: (node) => onGone(ctx, graph, node),
      };
      const { catalog } = ctx.client.transport;
      graph.watch(catalog, informers, handlers);
      return catalog.subscribe(() => graph.watch(catalog, informers, handlers));
    },
    reconcile: (ctx, key) => reconcile(ctx, graph, key),
  });
}

function onChange(
  ctx: ControllerContext,
  graph: OwnerGraph,
  { node, old }: { node: GraphNode; old: KubeObject | undefined },
): void {
  const { object } = node;
  if (isWaitingForDependents(object) || isOrphaning(object)) ctx.enqueue(nodeKey(node));
  const references = object.metadata.ownerReferences;
  const before = old?.metadata.ownerReferences;
  if (references === before && object.metadata.deletionTimestamp === old?.metadata.deletionTimestamp) return;
  // A living owner needs no look: the common case costs one look-up.
  if (references?.some((reference) => isDoubtful(graph, reference, object))) ctx.enqueue(nodeKey(node));
  for (const { uid } of before ?? []) {
    const isStillOwner = references?.some(
      (reference) => reference.uid === uid && reference.blockOwnerDeletion === true,
    );
    if (isStillOwner !== true) enqueueWaiting(ctx, graph.known(uid));
  }
}

function isDoubtful(graph: OwnerGraph, reference: OwnerReference, dependent: KubeObject): boolean {
  const owner = graph.known(reference.uid)?.object;
  if (owner === undefined || isWaitingForDependents(owner) || graph.isElsewhere(reference, dependent)) return true;
  return owner.metadata.name !== reference.name || owner.kind !== reference.kind;
}

function onGone(ctx: ControllerContext, graph: OwnerGraph, { object }: GraphNode): void {
  for (const dependent of graph.byOwner(object.metadata.uid)) ctx.enqueue(nodeKey(dependent));
  for (const { uid } of object.metadata.ownerReferences ?? []) enqueueWaiting(ctx, graph.known(uid));
}

/** An owner that waits for its dependents looks again when one of them goes. */
function enqueueWaiting(ctx: ControllerContext, owner: GraphNode | undefined): void {
  if (owner !== undefined && isWaitingForDependents(owner.object)) ctx.enqueue(nodeKey(owner));
}

function reconcile(ctx: ControllerContext, graph: OwnerGraph, key: string): ReconcileResult {
  const node = graph.get(key);
  if (node === undefined) return {};
  try {
    if (isOrphaning(node.object)) orphanDependents(ctx, graph, node);
    else if (isWaitingForDependents(node.object)) deleteDependents(ctx, graph, node);
    else if (node.object.metadata.deletionTimestamp === undefined) attemptToDelete(ctx, graph, node);
  } catch (error) {
    if (isConflict(error)) throw error;
    if (!isNotFound(error)) throw error;
  }
  return {};
}

/** Foreground: the owner goes when no dependent blocks it any more. */
function deleteDependents(ctx: ControllerContext, graph: OwnerGraph, node: GraphNode): void {
  const { uid } = node.object.metadata;
  const blocking = graph
    .byOwner(uid)
    .filter(({ object }) =>
      object.metadata.ownerReferences?.some(
        (reference) => reference.uid === uid && reference.blockOwnerDeletion === true,
      ),
    );
  if (blocking.length === 0) removeFinalizer(ctx, node, FOREGROUND);
  for (const dependent of blocking) {
    if (dependent.object.metadata.deletionTimestamp === undefined) ctx.enqueue(nodeKey(dependent));
  }
}

function orphanDependents(ctx: ControllerContext, graph: OwnerGraph, node: GraphNode): void {
  const { uid } = node.object.metadata;
  for (const dependent of graph.byOwner(uid)) {
    try {
      removeReferences(ctx, dependent, [uid]);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  removeFinalizer(ctx, node, ORPHAN);
}

interface Owners {
  /** Owners that live. */
  solid: OwnerReference[];
  /** Owners that are gone. */
  dangling: OwnerReference[];
  /** Owners that wait for their dependents to go. */
  waiting: OwnerReference[];
}

function attemptToDelete(ctx: ControllerContext, graph: OwnerGraph, node: GraphNode): void {
  const references = node.object.metadata.ownerReferences ?? [];
  if (references.length === 0) return;
  const owners = classify(ctx, graph, node.object);
  if (owners.solid.length > 0) {
    const lost = [...owners.dangling, ...owners.waiting].map(({ uid }) => uid);
    if (lost.length > 0) removeReferences(ctx, node, lost);
    return;
  }
  const hasDependents = graph.byOwner(node.object.metadata.uid).length > 0;
  const isForeground = owners.waiting.length > 0 && hasDependents;
  remove(ctx, node, isForeground ? "Foreground" : policyOf(node.object));
}

function classify(ctx: ControllerContext, graph: OwnerGraph, object: KubeObject): Owners {
  const owners: Owners = { solid: [], dangling: [], waiting: [] };
  const { namespace = "" } = object.metadata;
  for (const reference of object.metadata.ownerReferences ?? []) {
    if (graph.isElsewhere(reference, object)) {
      const { apiVersion, kind, name, uid } = reference;
      const where = `[${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}]`;
      const message = `ownerRef ${where} does not exist in namespace ${JSON.stringify(namespace)}`;
      ctx.events.event(object, "Warning", { reason: INVALID_NAMESPACE, message });
    }
    const owner = graph.owner(ctx, reference, object);
    if (owner === undefined) owners.dangling.push(reference);
    else if (owner !== "unknown kind" && isWaitingForDependents(owner.object)) owners.waiting.push(reference);
    else owners.solid.push(reference);
  }
  return owners;
}

/** What its own finalizers ask for. */
function policyOf({ metadata }: KubeObject): PropagationPolicy {
  if (metadata.finalizers?.includes(ORPHAN) === true) return "Orphan";
  return metadata.finalizers?.includes(FOREGROUND) === true ? "Foreground" : "Background";
}

function remove(ctx: ControllerContext, { resource, object }: GraphNode, propagationPolicy: PropagationPolicy): void {
  const { namespace = "", name, uid } = object.metadata;
  ctx.client.resource(resource).delete(namespace, name, { propagationPolicy, preconditions: { uid } });
}

function removeReferences(ctx: ControllerContext, { resource, object }: GraphNode, uids: readonly string[]): void {
  const { namespace = "", name, uid, resourceVersion } = object.metadata;
  const client = ctx.client.resource(resource);
  if (resource.custom === undefined) {
    const ownerReferences = uids.map((lost) => ({ $patch: "delete", uid: lost }));
    client.patch(namespace, name, { metadata: { ownerReferences, uid } });
    return;
  }
  // Custom resources know no strategic merge.
  const ownerReferences = (object.metadata.ownerReferences ?? []).filter((owner) => !uids.includes(owner.uid));
  client.patch(namespace, name, { metadata: { ownerReferences, uid, resourceVersion } }, { type: "merge" });
}

function removeFinalizer(ctx: ControllerContext, { resource, object }: GraphNode, finalizer: string): void {
  const { namespace = "", name } = object.metadata;
  const client = ctx.client.resource(resource);
  const fresh = client.get(namespace, name);
  if (fresh.metadata.uid !== object.metadata.uid) return;
  const finalizers = (fresh.metadata.finalizers ?? []).filter((kept) => kept !== finalizer);
  if (finalizers.length === (fresh.metadata.finalizers ?? []).length) return;
  const patch = { metadata: { finalizers, resourceVersion: fresh.metadata.resourceVersion } };
  client.patch(namespace, name, patch, { type: "merge" });
}
