/** How long a job waits before it replaces a failed pod. Upstream: pkg/controller/job/backoff_utils.go. */
import type { Pod } from "../../api/generated/types.ts";
import { MINUTE, SECOND } from "../../base/time.ts";
import { absoluteFailureCount, finishedTime } from "./job-pods.ts";

export const BACK_OFF: BackOff = { first: 10 * SECOND, most: 10 * MINUTE };

/** Milliseconds. */
export interface BackOff {
  first: number;
  most: number;
}

export interface BackOffRecord {
  failuresAfterLastSuccess: number;
  lastFailureTime?: number;
}

export const NO_FAILURES: BackOffRecord = Object.freeze({ failuresAfterLastSuccess: 0 });

/** Failures add up until a pod succeeds; those that came later than the last success count anew. */
export function nextBackOffRecord(
  record: BackOffRecord,
  succeeded: readonly Pod[],
  failed: readonly Pod[],
): BackOffRecord {
  if (succeeded.length === 0 && failed.length === 0) return record;
  const lastSuccess = succeeded.length === 0 ? undefined : Math.max(...succeeded.map(finishedTime));
  const base = lastSuccess === undefined ? record : NO_FAILURES;
  const times = failed.map(finishedTime).filter((time) => lastSuccess === undefined || time > lastSuccess);
  if (times.length === 0) return base;
  return {
    failuresAfterLastSuccess: base.failuresAfterLastSuccess + times.length,
    lastFailureTime: Math.max(...times),
  };
}

/** Milliseconds until a pod may be created: 10 s after one failure, doubling up to 10 min. */
export function remainingBackOff(
  { failuresAfterLastSuccess, lastFailureTime }: BackOffRecord,
  now: number,
  { first, most }: BackOff = BACK_OFF,
): number {
  if (failuresAfterLastSuccess === 0 || lastFailureTime === undefined) return 0;
  const wait = Math.min(first * 2 ** (failuresAfterLastSuccess - 1), most);
  return Math.max(0, lastFailureTime + wait - now);
}

/** The same for the index of a pod that failed last. */
export function remainingIndexBackOff(lastFailed: Pod | undefined, now: number): number {
  if (lastFailed === undefined) return 0;
  const failuresAfterLastSuccess = absoluteFailureCount(lastFailed) + 1;
  return remainingBackOff({ failuresAfterLastSuccess, lastFailureTime: finishedTime(lastFailed) }, now);
}
