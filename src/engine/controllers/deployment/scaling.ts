/** What to do when a deployment's size changes. Upstream: scale in deployment/sync.go, GetReplicaSetProportion in deployment/util. */
import type { Deployment, ReplicaSet } from "../../api/generated/types.ts";
import { desiredReplicas, maxReplicas } from "./annotations.ts";
import { isRollingUpdate, maxSurge, replicasOf } from "./fenceposts.ts";
import {
  activeOf,
  bySizeNewer,
  bySizeOlder,
  findActiveOrLatest,
  isSaturated,
  totalReplicas,
} from "./replica-set-lists.ts";
import type { ScaleStep } from "./rolling.ts";

/** True when the size was changed since a replica set with pods was last scaled. */
export function isScalingEvent(deployment: Deployment, all: readonly ReplicaSet[]): boolean {
  return activeOf(all).some((replicaSet) => {
    const desired = desiredReplicas(replicaSet);
    return desired !== undefined && desired !== replicasOf(deployment);
  });
}

/** In the middle of a rollout the change is shared out in proportion, so that its risk stays what it was. */
export function planScaling(
  deployment: Deployment,
  newest: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): readonly ScaleStep[] {
  const wanted = replicasOf(deployment);
  const only = findActiveOrLatest(newest, old);
  if (only !== undefined) return replicasOf(only) === wanted ? [] : [{ replicaSet: only, replicas: wanted }];
  if (isSaturated(deployment, newest)) return activeOf(old).map((replicaSet) => ({ replicaSet, replicas: 0 }));
  if (!isRollingUpdate(deployment)) return [];
  return shareOut(deployment, activeOf(newest === undefined ? old : [...old, newest]));
}

function shareOut(deployment: Deployment, active: readonly ReplicaSet[]): readonly ScaleStep[] {
  const wanted = replicasOf(deployment);
  const allowed = wanted > 0 ? wanted + maxSurge(deployment) : 0;
  const toAdd = allowed - totalReplicas(active);
  const sorted = active.toSorted(toAdd > 0 ? bySizeNewer : bySizeOlder);
  let added = 0;
  const steps = sorted.map((replicaSet) => {
    const share = toAdd === 0 ? 0 : proportion(deployment, replicaSet, { toAdd, added });
    added += share;
    return { replicaSet, replicas: replicasOf(replicaSet) + share };
  });
  const biggest = steps[0];
  if (biggest !== undefined && toAdd !== 0) biggest.replicas = Math.max(0, biggest.replicas + toAdd - added);
  return steps;
}

function proportion(deployment: Deployment, replicaSet: ReplicaSet, change: { toAdd: number; added: number }): number {
  const { toAdd, added } = change;
  if (replicasOf(replicaSet) === 0 || toAdd === added) return 0;
  const share = fraction(deployment, replicaSet);
  const left = toAdd - added;
  return toAdd > 0 ? Math.min(share, left) : Math.max(share, left);
}

/** How much this replica set would grow, were it to keep its part of the whole. */
function fraction(deployment: Deployment, replicaSet: ReplicaSet): number {
  const size = replicasOf(replicaSet);
  const wanted = replicasOf(deployment);
  if (wanted === 0) return -size;
  const whole = maxReplicas(replicaSet) ?? deployment.status.replicas ?? 0;
  if (whole === 0) return 0;
  return Math.round((size * (wanted + maxSurge(deployment))) / whole) - size;
}
