/** Keeps pods with names and storage of their own. Upstream: pkg/controller/statefulset/stateful_set.go. */
import { untilAvailable } from "../../api/core/pod/conditions.ts";
import type { PersistentVolumeClaim, Pod, StatefulSet } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { labelSelectorAsSelector } from "../../api/meta/selectors.ts";
import { isNotFound, StatusError } from "../../api/meta/status-error.ts";
import { controllerRevisions, persistentVolumeClaims, pods, statefulSets } from "../../api/registry.ts";
import { claim, indexOrphans, orphanHandler } from "../claim.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";
import { claimRevisions, watchOrphanRevisions } from "../history/revisions.ts";
import { slowStartBatch } from "../slow-start.ts";
import { writeStatus } from "../write-status.ts";
import { applyAction } from "./apply.ts";
import type { Target } from "./apply.ts";
import { isMember } from "./identity.ts";
import { availabilityOf, planStatefulSet } from "./plan.ts";
import type { Action } from "./plan.ts";
import { syncRevisions, truncateHistory } from "./revisions.ts";
import { countReplicas, statusOf } from "./status.ts";

export function statefulSetController(): ControllerDefinition<StatefulSet> {
  return defineController<StatefulSet>({
    name: "statefulset-controller",
    for: statefulSets,
    owns: [pods as never, controllerRevisions as never],
    setup(informers, ctx) {
      indexOrphans(informers, pods);
      informers.informer(pods).addHandler(orphanHandler((pod) => adopters(ctx, pod), ctx));
      informers.informer(persistentVolumeClaims).addHandler({ onDelete: (gone) => onClaimGone(ctx, gone) });
      watchOrphanRevisions(informers, ctx, statefulSets);
    },
    reconcile,
  });
}

function reconcile(ctx: ControllerContext, key: string): ReconcileResult {
  const set = ctx.lister(statefulSets).get(key);
  if (set === undefined) return {};
  const { now } = ctx.sim;
  const selector = labelSelectorAsSelector(set.spec.selector);
  const known = claimRevisions(ctx, set, statefulSets);
  const ignore = (pod: Pod): boolean => !isMember(set, pod);
  const owned = claim(ctx, { owner: set, ownerResource: statefulSets, resource: pods, selector, ignore });
  const members = owned.filter((pod) => isMember(set, pod));
  const revisions = syncRevisions(ctx, set, known);
  const names = {
    current: revisions.current.metadata.name,
    update: revisions.update.metadata.name,
    collisionCount: revisions.collisionCount,
  };
  const { phases } = planStatefulSet({
    set,
    pods: members,
    update: names.update,
    claim: (name) => ctx.lister(persistentVolumeClaims).get(`${set.metadata.namespace}/${name}`),
    now,
  });
  const counts = countReplicas(members, names, availabilityOf({ set, now }));
  const { updated, failure } = applyPhases({ ctx, set, revisions }, phases);
  counts.current = Math.max(0, counts.current - updated);
  writeStatus(ctx, statefulSets, { object: set, status: statusOf(set, counts, names) });
  truncateHistory(ctx, set, { known, pods: members, revisions });
  if (failure !== undefined) throw failure;
  return waitForAvailable(set, members, now);
}

/** `updated`: how many pods went for the sake of an update. The first failure ends it, after its phase. */
function applyPhases(target: Target, phases: readonly (readonly Action[])[]): { updated: number; failure: unknown } {
  let updated = 0;
  for (const actions of phases) {
    let next = 0;
    const { error } = slowStartBatch(actions.length, () => {
      const action = actions[next++] as Action;
      try {
        applyAction(target, action);
      } catch (failure) {
        const isGone = action.type === "delete" && isNotFound(failure);
        if (!isGone) throw failure;
      }
      if (action.type === "delete" && action.forUpdate) updated++;
    });
    if (error === undefined) continue;
    if (error instanceof StatusError) return { updated, failure: error };
    throw error;
  }
  return { updated, failure: undefined };
}

/** A pod's turn from ready to available is no event: look again when the next one is due. */
function waitForAvailable(set: StatefulSet, members: readonly Pod[], now: number): ReconcileResult {
  const { minReadySeconds } = availabilityOf({ set, now });
  let next = Number.POSITIVE_INFINITY;
  for (const pod of members) {
    const wait = untilAvailable(pod, minReadySeconds, now) ?? 0;
    if (wait > 0) next = Math.min(next, wait);
  }
  return Number.isFinite(next) ? { requeueAfter: next } : {};
}

/** A pod may have waited for its predecessor's claim to go. Upstream finds out by looking again every 30 seconds. */
function onClaimGone(ctx: ControllerContext, { metadata }: PersistentVolumeClaim): void {
  for (const set of ctx.lister(statefulSets).byIndex("namespace", metadata.namespace)) {
    if ((set.spec.volumeClaimTemplates ?? []).length > 0) ctx.enqueue(keyOf(set));
  }
}

function adopters(ctx: ControllerContext, pod: Pod): readonly StatefulSet[] {
  return ctx
    .lister(statefulSets)
    .byIndex("namespace", pod.metadata.namespace)
    .filter(
      (candidate) =>
        labelSelectorAsSelector(candidate.spec.selector).matches(pod.metadata.labels) && isMember(candidate, pod),
    );
}
