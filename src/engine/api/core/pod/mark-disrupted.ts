/** The condition by which a pod says that it is deleted through no fault of its own. Upstream: pkg/apis/core `DisruptionTarget`. */
import type { Pod } from "../../generated/types.ts";
import { formatTime } from "../../../base/time.ts";

const DISRUPTION_TARGET = "DisruptionTarget";

/** `observedGeneration`: which generation of the pod was seen, of those who say so. */
export function markDisrupted(
  pod: Pod,
  now: number,
  why: { reason: string; message: string; observedGeneration?: number | undefined },
): Pod {
  const conditions = pod.status.conditions ?? [];
  const present = conditions.find(({ type }) => type === DISRUPTION_TARGET);
  if (present?.status === "True" && present.reason === why.reason) return pod;
  const lastTransitionTime = present?.status === "True" ? present.lastTransitionTime : formatTime(now);
  const condition = { type: DISRUPTION_TARGET, status: "True", lastTransitionTime, ...why };
  const others = conditions.filter((kept) => kept !== present);
  return { ...pod, status: { ...pod.status, conditions: [...others, condition] } };
}
