/**
 * How far one step may go. Upstream: convertDesiredReplicasWithRules and convertDesiredReplicasWithBehaviorRate in
 * pkg/controller/podautoscaler/horizontal.go.
 */
import type { V2HPAScalingRules } from "../../api/generated/types.ts";

export interface ScaleEvent {
  /** Replicas added or taken away. */
  readonly change: number;
  readonly at: number;
}

export interface Limited {
  readonly replicas: number;
  readonly reason: string;
  readonly message: string;
}

export interface Bounds {
  readonly current: number;
  readonly desired: number;
  readonly min: number;
  readonly max: number;
}

const TOO_FAST_UP = {
  reason: "ScaleUpLimit",
  message: "the desired replica count is increasing faster than the maximum scale rate",
};
const TOO_FAST_DOWN = {
  reason: "ScaleDownLimit",
  message: "the desired replica count is decreasing faster than the maximum scale rate",
};
const TOO_MANY = {
  reason: "TooManyReplicas",
  message: "the desired replica count is more than the maximum replica count",
};
const TOO_FEW = {
  reason: "TooFewReplicas",
  message: "the desired replica count is less than the minimum replica count",
};
const WITHIN = { reason: "DesiredWithinRange", message: "the desired count is within the acceptable range" };

/** Without a behaviour: twice as many at once, or 4. */
export function limitByRules({ current, desired, min, max }: Bounds): Limited {
  const fastest = Math.max(2 * current, 4);
  if (desired < min) return { replicas: min, ...TOO_FEW };
  const highest = Math.min(max, fastest);
  if (desired > highest) return { replicas: highest, ...(max > fastest ? TOO_FAST_UP : TOO_MANY) };
  return { replicas: desired, ...WITHIN };
}

export interface Rates {
  readonly up: V2HPAScalingRules;
  readonly down: V2HPAScalingRules;
  readonly upEvents: readonly ScaleEvent[];
  readonly downEvents: readonly ScaleEvent[];
  readonly now: number;
}

export function limitByBehavior({ current, desired, min, max }: Bounds, rates: Rates): Limited {
  if (desired > current) {
    const fastest = Math.max(current, upLimit(current, rates));
    const highest = Math.min(max, fastest);
    if (desired > highest) return { replicas: highest, ...(max > fastest ? TOO_FAST_UP : TOO_MANY) };
  } else if (desired < current) {
    const fastest = Math.min(current, downLimit(current, rates));
    const lowest = Math.max(min, fastest);
    if (desired < lowest) return { replicas: lowest, ...(min < fastest ? TOO_FAST_DOWN : TOO_FEW) };
  }
  return { replicas: desired, ...WITHIN };
}

function upLimit(current: number, rates: Rates): number {
  const { policies = [], selectPolicy } = rates.up;
  if (selectPolicy === "Disabled") return current;
  const proposals = policies.map(({ type, value, periodSeconds }) => {
    const start = periodStart(current, rates, periodSeconds);
    return type === "Pods" ? start + value : Math.ceil(start * (1 + value / 100));
  });
  return selectPolicy === "Min" ? Math.min(...proposals) : Math.max(...proposals);
}

function downLimit(current: number, rates: Rates): number {
  const { policies = [], selectPolicy } = rates.down;
  if (selectPolicy === "Disabled") return current;
  const proposals = policies.map(({ type, value, periodSeconds }) => {
    const start = periodStart(current, rates, periodSeconds);
    return type === "Pods" ? start - value : Math.trunc(start * (1 - value / 100));
  });
  // The lowest change leaves the most.
  return selectPolicy === "Min" ? Math.max(...proposals) : Math.min(...proposals);
}

/** How many there were when the period began. */
function periodStart(current: number, { upEvents, downEvents, now }: Rates, periodSeconds: number): number {
  const cutoff = now - periodSeconds * 1000;
  const changed = (events: readonly ScaleEvent[]): number =>
    events.reduce((total, { change, at }) => (at > cutoff ? total + change : total), 0);
  return current - changed(upEvents) + changed(downEvents);
}

/** The events of one direction with a new one; those that no policy looks at any more are forgotten. */
export function withEvent(
  events: readonly ScaleEvent[],
  event: ScaleEvent,
  { policies = [] }: V2HPAScalingRules,
): readonly ScaleEvent[] {
  const longest = Math.max(0, ...policies.map(({ periodSeconds }) => periodSeconds));
  return [...events.filter(({ at }) => at >= event.at - longest * 1000), event];
}
