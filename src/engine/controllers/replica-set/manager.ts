/**
 * Keeps as many pods as a replica set asks for; a replication controller asks in the same way.
 * Upstream: pkg/controller/replicaset/replica_set.go, pkg/controller/replication.
 */
import type { Pod, ReplicaSet, ReplicaSetStatus } from "../../api/generated/types.ts";
import { controllerOf, keyOf } from "../../api/meta/object.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { labelSelectorAsSelector } from "../../api/meta/selectors.ts";
import { isNotFound, StatusError } from "../../api/meta/status-error.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { pods } from "../../api/registry.ts";
import { claim, hasAdoptable, indexOrphans, orphanHandler } from "../claim.ts";
import type { ClaimParts } from "../claim.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";
import { Expectations } from "../expectations.ts";
import { ownedPodHandler } from "../owned-pods.ts";
import { controllerReference, createPod, deletePod, isNamespaceTerminating } from "../pod-control.ts";
import { isPodActive } from "../../api/core/pod/conditions.ts";
import { slowStartBatch } from "../slow-start.ts";
import { writeStatus } from "../write-status.ts";
import { countPods } from "./counts.ts";
import type { PodCounts } from "./counts.ts";
import { podsToDelete } from "./ranking.ts";
import { calculateStatus } from "./status.ts";
import { PodTally } from "./tally.ts";

/** Pods created or deleted in one pass at most. */
const BURST_REPLICAS = 500;
/** Replica sets by the uid of their controller: who are this one's siblings. */
const CONTROLLER = "controller";

/** A kind whose objects keep replicas. */
export interface ReplicaKind<T extends KubeObject & { status: unknown }> {
  /** The controller's name. */
  name: string;
  resource: Resource<T>;
  /** The object as the replica set that it amounts to: its own kind, name and uid. */
  asReplicaSet(object: T): ReplicaSet;
  statusOf(status: ReplicaSetStatus): T["status"];
}

/** What one run of the controller remembers. */
interface Manager<T extends KubeObject & { status: unknown }> {
  readonly kind: ReplicaKind<T>;
  readonly expectations: Expectations;
  readonly tally: PodTally;
}

export function replicaManager<T extends KubeObject & { status: unknown }>(
  kind: ReplicaKind<T>,
): ControllerDefinition<T> {
  const ownerKind = kind.resource.kind;
  const manager: Manager<T> = { kind, expectations: new Expectations(), tally: new PodTally(ownerKind) };
  return defineController<T>({
    name: kind.name,
    for: kind.resource,
    isRelevant: (object, old) => isMoreThanStatus(kind.asReplicaSet(object), kind.asReplicaSet(old)),
    setup(informers, ctx) {
      indexOrphans(informers, pods);
      const podInformer = informers.informer(pods);
      podInformer.addHandler(manager.tally.handler);
      podInformer.addHandler(ownedPodHandler(ctx, { kind: ownerKind, expectations: manager.expectations }));
      podInformer.addHandler(orphanHandler((pod) => adopters(ctx, kind, pod), ctx));
    },
    reconcile: (ctx, key) => reconcile(ctx, key, manager),
  });
}

/** The status is this controller's own word: hearing it again brings nothing new. */
function isMoreThanStatus(replicaSet: ReplicaSet, old: ReplicaSet): boolean {
  return (
    replicaSet.spec !== old.spec ||
    replicaSet.metadata.generation !== old.metadata.generation ||
    replicaSet.metadata.deletionTimestamp !== old.metadata.deletionTimestamp
  );
}

function reconcile<T extends KubeObject & { status: unknown }>(
  ctx: ControllerContext,
  key: string,
  manager: Manager<T>,
): ReconcileResult {
  const { kind, expectations } = manager;
  const { now } = ctx.sim;
  const object = ctx.lister(kind.resource).get(key);
  if (object === undefined) {
    expectations.forget(key);
    return {};
  }
  const replicaSet = kind.asReplicaSet(object);
  const { counts, listPods } = observe(ctx, object, manager);
  const mayManage = replicaSet.metadata.deletionTimestamp === undefined && expectations.satisfied(key, now);
  const siblings = (): readonly Pod[] => relatedPods(ctx, kind, replicaSet);
  const managed = { replicaSet, active: counts.active, listPods, siblings, expectations };
  const failure = mayManage ? manageReplicas(ctx, managed) : undefined;
  const status = calculateStatus(replicaSet, counts, { failure: failure?.message, now });
  writeStatus(ctx, kind.resource, { object, status: kind.statusOf(status) });
  if (failure !== undefined) throw failure;
  // A pod's turn from ready to available is no event: look again when the next one is due.
  return counts.untilNextAvailable === undefined ? {} : { requeueAfter: counts.untilNextAvailable };
}

/** `listPods` gives the active ones. */
function observe<T extends KubeObject & { status: unknown }>(
  ctx: ControllerContext,
  owner: T,
  { kind, tally }: Manager<T>,
): { counts: PodCounts; listPods: () => readonly Pod[] } {
  const replicaSet = kind.asReplicaSet(owner);
  const selector = labelSelectorAsSelector(replicaSet.spec.selector);
  const parts: ClaimParts<T, Pod> = {
    owner,
    ownerResource: kind.resource,
    resource: pods,
    selector,
    ignore: (pod) => !isPodActive(pod),
  };
  const known = tally.counts(replicaSet, selector);
  if (known !== undefined && !hasAdoptable(ctx, parts)) {
    const { uid } = replicaSet.metadata;
    return { counts: known, listPods: () => ctx.lister(pods).byIndex(CONTROLLER, uid).filter(isPodActive) };
  }
  const claimed = claim(ctx, parts);
  return { counts: countPods(replicaSet, claimed, ctx.sim.now), listPods: () => claimed.filter(isPodActive) };
}

interface Managed {
  replicaSet: ReplicaSet;
  active: number;
  listPods: () => readonly Pod[];
  /** The pods that it and its siblings have. */
  siblings: () => readonly Pod[];
  expectations: Expectations;
}

/** Creates or deletes what is amiss; returns the first failure instead of throwing it, so that status is still written. */
function manageReplicas(ctx: ControllerContext, managed: Managed): StatusError | undefined {
  const surplus = managed.active - (managed.replicaSet.spec.replicas ?? 1);
  if (surplus < 0) return createReplicas(ctx, managed, Math.min(-surplus, BURST_REPLICAS));
  if (surplus > 0) return deleteReplicas(ctx, managed, Math.min(surplus, BURST_REPLICAS));
  return undefined;
}

function createReplicas(ctx: ControllerContext, managed: Managed, count: number): StatusError | undefined {
  const { replicaSet, expectations } = managed;
  const { template } = replicaSet.spec;
  if (template === undefined) return undefined;
  const key = keyOf(replicaSet);
  const reference = controllerReference(replicaSet);
  expectations.expectCreations(key, count, ctx.sim.now);
  const { successes, error } = slowStartBatch(count, () => {
    try {
      createPod(ctx, replicaSet, { template, reference });
    } catch (failure) {
      if (!(failure instanceof StatusError && isNamespaceTerminating(failure))) throw failure;
    }
  });
  if (error === undefined) return undefined;
  expectations.creationObserved(key, count - successes);
  if (error instanceof StatusError) return error;
  throw error;
}

function deleteReplicas(ctx: ControllerContext, managed: Managed, count: number): StatusError | undefined {
  const { replicaSet, listPods, siblings, expectations } = managed;
  const { now } = ctx.sim;
  const key = keyOf(replicaSet);
  const chosen = podsToDelete(listPods(), siblings(), { count, now });
  expectations.expectDeletions(key, chosen.map(keyOf), now);
  let failure: StatusError | undefined;
  for (const pod of chosen) {
    try {
      deletePod(ctx, replicaSet, pod);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      expectations.deletionObserved(key, keyOf(pod));
      if (!isNotFound(error)) failure ??= error;
    }
  }
  return failure;
}

/** The pods of all replica sets with the same controller: together they crowd nodes. */
function relatedPods<T extends KubeObject & { status: unknown }>(
  ctx: ControllerContext,
  kind: ReplicaKind<T>,
  replicaSet: ReplicaSet,
): readonly Pod[] {
  const owner = controllerOf(replicaSet);
  const lister = ctx.lister(pods);
  if (owner === undefined) return lister.byIndex(CONTROLLER, replicaSet.metadata.uid);
  return ctx
    .lister(kind.resource)
    .byIndex(CONTROLLER, owner.uid)
    .flatMap((sibling) => lister.byIndex(CONTROLLER, sibling.metadata.uid));
}

function adopters<T extends KubeObject & { status: unknown }>(
  ctx: ControllerContext,
  kind: ReplicaKind<T>,
  pod: Pod,
): readonly T[] {
  return ctx
    .lister(kind.resource)
    .byIndex("namespace", pod.metadata.namespace)
    .filter((candidate) =>
      labelSelectorAsSelector(kind.asReplicaSet(candidate).spec.selector).matches(pod.metadata.labels),
    );
}
