/** Keeps as many pods as a replica set asks for. Upstream: pkg/controller/replicaset/replica_set.go. */
import type { Pod, ReplicaSet } from "../../api/generated/types.ts";
import { controllerOf, keyOf } from "../../api/meta/object.ts";
import { labelSelectorAsSelector } from "../../api/meta/selectors.ts";
import { isNotFound, StatusError } from "../../api/meta/status-error.ts";
import { pods, replicaSets } from "../../api/registry.ts";
import type { InformerHandler } from "../../client/informer.ts";
import { claim, hasAdoptable, indexOrphans, orphanHandler } from "../claim.ts";
import type { ClaimParts } from "../claim.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";
import { Expectations } from "../expectations.ts";
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

/** What one run of the controller remembers. */
interface Memory {
  readonly expectations: Expectations;
  readonly tally: PodTally;
}

export function replicaSetController(): ControllerDefinition<ReplicaSet> {
  const memory: Memory = { expectations: new Expectations(), tally: new PodTally() };
  return defineController<ReplicaSet>({
    name: "replicaset-controller",
    for: replicaSets,
    isRelevant: isMoreThanStatus,
    setup(informers, ctx) {
      indexOrphans(informers, pods);
      const podInformer = informers.informer(pods);
      podInformer.addHandler(memory.tally.handler);
      podInformer.addHandler(ownedPodHandler(ctx, memory.expectations));
      podInformer.addHandler(orphanHandler((pod) => adopters(ctx, pod), ctx));
    },
    reconcile: (ctx, key) => reconcile(ctx, key, memory),
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

function reconcile(ctx: ControllerContext, key: string, { expectations, tally }: Memory): ReconcileResult {
  const { now } = ctx.sim;
  const replicaSet = ctx.lister(replicaSets).get(key);
  if (replicaSet === undefined) {
    expectations.forget(key);
    return {};
  }
  const { counts, listPods } = observe(ctx, replicaSet, tally);
  const mayManage = replicaSet.metadata.deletionTimestamp === undefined && expectations.satisfied(key, now);
  const managed = { replicaSet, active: counts.active, listPods, expectations };
  const failure = mayManage ? manageReplicas(ctx, managed) : undefined;
  const status = calculateStatus(replicaSet, counts, { failure: failure?.message, now });
  writeStatus(ctx, replicaSets, { object: replicaSet, status });
  if (failure !== undefined) throw failure;
  // A pod's turn from ready to available is no event: look again when the next one is due.
  return counts.untilNextAvailable === undefined ? {} : { requeueAfter: counts.untilNextAvailable };
}

/** `listPods` gives the active ones. */
function observe(
  ctx: ControllerContext,
  replicaSet: ReplicaSet,
  tally: PodTally,
): { counts: PodCounts; listPods: () => readonly Pod[] } {
  const selector = labelSelectorAsSelector(replicaSet.spec.selector);
  const parts: ClaimParts<ReplicaSet, Pod> = {
    owner: replicaSet,
    ownerResource: replicaSets,
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
  const { replicaSet, listPods, expectations } = managed;
  const { now } = ctx.sim;
  const key = keyOf(replicaSet);
  const chosen = podsToDelete(listPods(), relatedPods(ctx, replicaSet), { count, now });
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
function relatedPods(ctx: ControllerContext, replicaSet: ReplicaSet): readonly Pod[] {
  const owner = controllerOf(replicaSet);
  const lister = ctx.lister(pods);
  if (owner === undefined) return lister.byIndex(CONTROLLER, replicaSet.metadata.uid);
  return ctx
    .lister(replicaSets)
    .byIndex(CONTROLLER, owner.uid)
    .flatMap((sibling) => lister.byIndex(CONTROLLER, sibling.metadata.uid));
}

function adopters(ctx: ControllerContext, pod: Pod): ReplicaSet[] {
  return ctx
    .lister(replicaSets)
    .byIndex("namespace", pod.metadata.namespace)
    .filter((candidate) => labelSelectorAsSelector(candidate.spec.selector).matches(pod.metadata.labels));
}

function ownedPodHandler(ctx: ControllerContext, expectations: Expectations): InformerHandler<Pod> {
  const ownerKey = (pod: Pod): string | undefined => {
    const owner = controllerOf(pod);
    return owner?.kind === "ReplicaSet" ? `${pod.metadata.namespace}/${owner.name}` : undefined;
  };
  const onDelete = (pod: Pod): void => {
    const key = ownerKey(pod);
    if (key === undefined) return;
    expectations.deletionObserved(key, keyOf(pod));
    ctx.enqueue(key);
  };
  return {
    onAdd(pod) {
      if (pod.metadata.deletionTimestamp !== undefined) return onDelete(pod);
      const key = ownerKey(pod);
      if (key === undefined) return;
      expectations.creationObserved(key);
      ctx.enqueue(key);
    },
    onUpdate(pod, old) {
      if (pod.metadata.deletionTimestamp !== undefined) return onDelete(pod);
      const key = ownerKey(pod);
      const oldKey = ownerKey(old);
      if (oldKey !== undefined && oldKey !== key) ctx.enqueue(oldKey);
      if (key !== undefined) ctx.enqueue(key);
    },
    onDelete,
  };
}
