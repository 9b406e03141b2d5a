import type { V2HorizontalPodAutoscalerCondition } from "../../api/generated/types.ts";
import { formatTime } from "../../base/time.ts";

export type ConditionType = "AbleToScale" | "ScalingActive" | "ScalingLimited";

export interface ConditionText {
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

/** An autoscaler's conditions, in the order in which they came; the time is that of the last change of status. */
export function withCondition(
  conditions: readonly V2HorizontalPodAutoscalerCondition[],
  type: ConditionType,
  { text, now }: { text: ConditionText; now: number },
): V2HorizontalPodAutoscalerCondition[] {
  const at = conditions.findIndex((condition) => condition.type === type);
  const old = conditions[at];
  const lastTransitionTime = old?.status === text.status ? old.lastTransitionTime : formatTime(now);
  const { status, reason, message } = text;
  const next = { type, status, reason, message, lastTransitionTime };
  return old === undefined ? [...conditions, next] : conditions.with(at, next);
}
