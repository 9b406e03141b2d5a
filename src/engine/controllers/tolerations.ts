/** Whether a pod bears a taint, and for how long. Upstream: k8s.io/component-helpers scheduling/corev1, controller/tainteviction. */
import type { Taint, Toleration } from "../api/generated/types.ts";
import { SECOND } from "../base/time.ts";

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { key = "", operator = "Equal", effect = "", value = "" } = toleration;
  if (effect !== "" && effect !== taint.effect) return false;
  if (key !== "" && key !== taint.key) return false;
  if (operator === "Exists") return true;
  return (operator === "Equal" || operator === "") && value === (taint.value ?? "");
}

/** The tolerations that bear `taints`; undefined: one of the taints is borne by none. */
export function matchingTolerations(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
): readonly Toleration[] | undefined {
  const used: Toleration[] = [];
  for (const taint of taints) {
    const match = tolerations.find((toleration) => tolerates(toleration, taint));
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
