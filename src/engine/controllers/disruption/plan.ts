/** A disruption budget's status from its pods. Upstream: pkg/controller/disruption/disruption.go. */
import { isPodReady } from "../../api/core/pod/conditions.ts";
import type { Condition, Pod, PodDisruptionBudget, PodDisruptionBudgetStatus } from "../../api/generated/types.ts";
import { scaledFromPercent } from "../../api/meta/int-or-string.ts";
import { formatTime, MINUTE } from "../../base/time.ts";

export const DISRUPTION_ALLOWED = "DisruptionAllowed";
/** An evicted pod that is still there after this long isn't going. */
export const DELETION_TIMEOUT = 2 * MINUTE;

/** How many pods there should be, and how many of them must stay. `scale` is the sum of what their controllers ask for. */
export function expectedPods(
  { spec = {} }: PodDisruptionBudget,
  pods: readonly Pod[],
  scale: () => number,
): { expected: number; desired: number } {
  const { maxUnavailable, minAvailable } = spec;
  if (maxUnavailable !== undefined) {
    const expected = scale();
    return { expected, desired: Math.max(0, expected - scaledFromPercent(maxUnavailable, expected, "up")) };
  }
  if (minAvailable === undefined) return { expected: 0, desired: 0 };
  if (typeof minAvailable === "number") return { expected: pods.length, desired: minAvailable };
  const expected = scale();
  return { expected, desired: scaledFromPercent(minAvailable, expected, "up") };
}

/** Evictions that have not become deletions yet, and pods that were to go long ago but have not. */
export function disruptedPods(
  { status = {} }: PodDisruptionBudget,
  pods: readonly Pod[],
  now: number,
): { disrupted: Record<string, string>; overdue: readonly Pod[]; recheckAfter: number | undefined } {
  const disrupted: Record<string, string> = {};
  const overdue: Pod[] = [];
  let recheckAfter: number | undefined;
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata;
    const since = status.disruptedPods?.[name];
    if (since === undefined || deletionTimestamp !== undefined) continue;
    const left = Date.parse(since) + DELETION_TIMEOUT - now;
    if (left < 0) {
      overdue.push(pod);
      continue;
    }
    disrupted[name] = since;
    recheckAfter = Math.min(recheckAfter ?? left, left);
  }
  return { disrupted, overdue, recheckAfter };
}

export function countHealthy(pods: readonly Pod[], disrupted: Readonly<Record<string, string>>): number {
  return pods.filter(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined && disrupted[pod.metadata.name] === undefined && isPodReady(pod),
  ).length;
}

export function budgetStatus(
  budget: PodDisruptionBudget,
  counts: { healthy: number; desired: number; expected: number; disrupted: Record<string, string> },
  now: number,
): PodDisruptionBudgetStatus {
  const { healthy, desired, expected, disrupted } = counts;
  const disruptionsAllowed = expected <= 0 ? 0 : Math.max(0, healthy - desired);
  const allowed = disruptionsAllowed > 0;
  const { generation = 0 } = budget.metadata;
  return {
    observedGeneration: generation,
    ...(Object.keys(disrupted).length > 0 && { disruptedPods: disrupted }),
    disruptionsAllowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    conditions: withCondition(
      budget,
      {
        type: DISRUPTION_ALLOWED,
        status: allowed ? "True" : "False",
        observedGeneration: generation,
        reason: allowed ? "SufficientPods" : "InsufficientPods",
        message: "",
      },
      now,
    ),
  };
}

/** Nothing may be disrupted while it can't be told what would be. */
export function failedStatus(budget: PodDisruptionBudget, message: string, now: number): PodDisruptionBudgetStatus {
  const { generation = 0 } = budget.metadata;
  const condition = {
    type: DISRUPTION_ALLOWED,
    status: "False",
    observedGeneration: generation,
    reason: "SyncFailed",
    message,
  };
  return {
    ...budget.status,
    observedGeneration: generation,
    disruptionsAllowed: 0,
    conditions: withCondition(budget, condition, now),
  };
}

function withCondition(
  { status = {} }: PodDisruptionBudget,
  condition: Omit<Condition, "lastTransitionTime">,
  now: number,
): Condition[] {
  const { conditions = [] } = status;
  const before = conditions.find(({ type }) => type === condition.type);
  const same = before?.status === condition.status;
  const lastTransitionTime = same ? before.lastTransitionTime : formatTime(now);
  return [...conditions.filter((other) => other !== before), { ...condition, lastTransitionTime }];
}
