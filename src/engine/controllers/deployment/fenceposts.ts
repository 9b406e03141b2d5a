/** How far a rolling update may go above and below the wanted size. Upstream: ResolveFenceposts in deployment/util/deployment_util.go. */
import type { Deployment, IntOrString } from "../../api/generated/types.ts";
import { scaledFromPercent } from "../../api/meta/int-or-string.ts";

export function replicasOf(object: { spec: { replicas?: number | undefined } }): number {
  return object.spec.replicas ?? 1;
}

export function isRollingUpdate(deployment: Deployment): boolean {
  return deployment.spec.strategy?.type === "RollingUpdate";
}

/** Surge rounds up, unavailable rounds down; both 0 would stand still, so unavailable becomes 1. */
export function resolveFenceposts(
  maxSurge: IntOrString | undefined,
  maxUnavailable: IntOrString | undefined,
  desired: number,
): { surge: number; unavailable: number } {
  const surge = scaledFromPercent(maxSurge ?? 0, desired, "up");
  const unavailable = scaledFromPercent(maxUnavailable ?? 0, desired, "down");
  return surge === 0 && unavailable === 0 ? { surge: 0, unavailable: 1 } : { surge, unavailable };
}

/** Pods that may exist above the wanted size; 0 unless the strategy is RollingUpdate. */
export function maxSurge(deployment: Deployment): number {
  if (!isRollingUpdate(deployment)) return 0;
  const { rollingUpdate } = deployment.spec.strategy ?? {};
  return resolveFenceposts(rollingUpdate?.maxSurge, rollingUpdate?.maxUnavailable, replicasOf(deployment)).surge;
}

/** Pods that may be missing; never more than there should be. */
export function maxUnavailable(deployment: Deployment): number {
  const replicas = replicasOf(deployment);
  if (!isRollingUpdate(deployment) || replicas === 0) return 0;
  const { rollingUpdate } = deployment.spec.strategy ?? {};
  const { unavailable } = resolveFenceposts(rollingUpdate?.maxSurge, rollingUpdate?.maxUnavailable, replicas);
  return Math.min(unavailable, replicas);
}

export function minAvailable(deployment: Deployment): number {
  return isRollingUpdate(deployment) ? replicasOf(deployment) - maxUnavailable(deployment) : 0;
}
