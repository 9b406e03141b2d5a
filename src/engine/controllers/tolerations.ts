/** How long a pod bears taints. Upstream: pkg/controller/tainteviction/taint_eviction.go. */
import { findTolerating } from "../api/core/tolerations.ts";
import type { Taint, Toleration } from "../api/generated/types.ts";
import { SECOND } from "../base/time.ts";

/** The tolerations that bear `taints`; undefined: one of the taints is borne by none. */
export function matchingTolerations(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
): readonly Toleration[] | undefined {
  const used: Toleration[] = [];
  for (const taint of taints) {
    const match = findTolerating(tolerations, taint);
    if (match === undefined) return undefined;
    used.push(match);
  }
  return used;
}

/** The shortest time that these tolerations grant, in milliseconds; undefined: for ever. Negative seconds count as none. */
export function minTolerationTime(tolerations: readonly Toleration[]): number | undefined {
  if (tolerations.length === 0) return 0;
  let min: number | undefined;
  for (const { tolerationSeconds } of tolerations) {
    if (tolerationSeconds === undefined) continue;
    const time = Math.max(0, tolerationSeconds) * SECOND;
    if (min === undefined || time < min) min = time;
  }
  return min;
}
