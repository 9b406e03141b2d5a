/** One step of a rolling update, planned without a cluster. Upstream: pkg/controller/deployment/rolling.go. */
import type { Deployment, ReplicaSet } from "../../api/generated/types.ts";
import { minAvailable, replicasOf } from "./fenceposts.ts";
import { availableReplicas, byCreation, newReplicaSetReplicas, totalReplicas } from "./replica-set-lists.ts";

/** Set a replica set to a size. */
export interface ScaleStep {
  replicaSet: ReplicaSet;
  replicas: number;
}

/** What the newest replica set's size should become now; undefined: it stays. */
export function planNewReplicaSet(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newest: ReplicaSet,
): ScaleStep | undefined {
  const wanted = replicasOf(deployment);
  const present = replicasOf(newest);
  if (present === wanted) return undefined;
  const replicas = present > wanted ? wanted : newReplicaSetReplicas(deployment, all, newest);
  return replicas === present ? undefined : { replicaSet: newest, replicas };
}

/** How many old pods may go now without risk: what is above the minimum, less what the newest pods don't serve yet. */
export function scaleDownRoom(deployment: Deployment, old: readonly ReplicaSet[], newest: ReplicaSet): number {
  if (totalReplicas(old) === 0) return 0;
  const newUnavailable = replicasOf(newest) - (newest.status.availableReplicas ?? 0);
  return Math.max(0, totalReplicas([...old, newest]) - minAvailable(deployment) - newUnavailable);
}

/**
 * Takes away up to `max` pods that are not available: they are no loss. undefined: a replica set counts more available
 * pods than it should have, so its status is behind its size, and nothing can be said of healthy pods either.
 */
export function planUnhealthyCleanup(old: readonly ReplicaSet[], max: number): readonly ScaleStep[] | undefined {
  const steps: ScaleStep[] = [];
  let left = max;
  for (const replicaSet of old.toSorted(byCreation)) {
    if (left <= 0) break;
    const present = replicasOf(replicaSet);
    const unhealthy = present - (replicaSet.status.availableReplicas ?? 0);
    if (present === 0 || unhealthy === 0) continue;
    if (unhealthy < 0) return undefined;
    const count = Math.min(left, unhealthy);
    steps.push({ replicaSet, replicas: present - count });
    left -= count;
  }
  return steps;
}

/** Takes away available pods above the minimum, from the oldest replica sets first. */
export function planScaleDown(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  old: readonly ReplicaSet[],
): readonly ScaleStep[] {
  const steps: ScaleStep[] = [];
  let left = availableReplicas(all) - minAvailable(deployment);
  for (const replicaSet of old.toSorted(byCreation)) {
    const present = replicasOf(replicaSet);
    if (left <= 0 || present === 0) continue;
    const count = Math.min(present, left);
    steps.push({ replicaSet, replicas: present - count });
    left -= count;
  }
  return steps;
}
