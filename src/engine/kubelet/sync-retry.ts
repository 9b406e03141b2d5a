/** When a pod that couldn't be synced is looked at again. Upstream: pod_workers.go, backOffPeriod and its jitter. */
import type { RandomStream } from "../sim/random.ts";

const PERIOD = 10_000;

/** Milliseconds: the period and up to a half. */
export function syncRetry(random: RandomStream): number {
  return PERIOD + random.int(PERIOD / 2);
}
