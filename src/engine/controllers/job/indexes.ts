/** Which indexes of an Indexed job are done, failed, running or next. Upstream: pkg/controller/job/indexed_job_utils.go. */
import { isPodActive, isPodTerminating } from "../../api/core/pod/conditions.ts";
import type { Job, Pod } from "../../api/generated/types.ts";
import { comparePodsForDeletion } from "../replica-set/ranking.ts";
import { matchPodFailurePolicy } from "./failure-policy.ts";
import {
  absoluteFailureCount,
  activeIndexes,
  completionIndexOf,
  finishedTime,
  indexFailureCount,
  isPodFailed,
  isTracked,
  replacesFailedPodsOnly,
  UNKNOWN_INDEX,
} from "./job-pods.ts";
import { hasIndex, mergeIntervals, parseIntervals, withIndexes } from "./ordered-intervals.ts";
import type { OrderedIntervals } from "./ordered-intervals.ts";

export function isValidIndex({ spec }: Job, index: number): boolean {
  return index !== UNKNOWN_INDEX && index < (spec.completions ?? 0);
}

/** What the status says, and that with the pods that the status hasn't got yet. */
export function succeededIndexes(
  job: Job,
  pods: readonly Pod[],
): { previous: OrderedIntervals; succeeded: OrderedIntervals } {
  const previous = parseIntervals(job.status.completedIndexes ?? "", job.spec.completions ?? 0);
  const fresh = pods
    .filter((pod) => pod.status.phase === "Succeeded" && isTracked(pod))
    .map(completionIndexOf)
    .filter((index) => isValidIndex(job, index));
  return { previous, succeeded: withIndexes(previous, new Set(fresh)) };
}

/** Of a job with a back-off limit per index. */
export function failedIndexes(job: Job, pods: readonly Pod[]): OrderedIntervals {
  const previous = parseIntervals(job.status.failedIndexes ?? "", job.spec.completions ?? 0);
  const fresh = pods
    .filter((pod) => isTracked(pod) && isIndexFailed(job, pod))
    .map(completionIndexOf)
    .filter((index) => isValidIndex(job, index));
  return withIndexes(previous, new Set(fresh));
}

/** Whether the end of `pod` is the end of its index. */
export function isIndexFailed(job: Job, pod: Pod): boolean {
  if (!isPodFailed(pod, job)) return false;
  const { action, counts } = matchPodFailurePolicy(job.spec.podFailurePolicy, pod);
  if (action === "FailIndex") return true;
  return counts && indexFailureCount(pod) >= (job.spec.backoffLimitPerIndex ?? 0);
}

export interface IndexState {
  job: Job;
  pods: readonly Pod[];
  succeeded: OrderedIntervals;
  /** Set iff the job has a back-off limit per index. */
  failed?: OrderedIntervals | undefined;
}

/** The lowest indexes that neither are done nor have a pod, `count` at most. */
export function firstPendingIndexes({ job, pods, succeeded, failed }: IndexState, count: number): number[] {
  const taken = new Set(activeIndexes(pods));
  if (replacesFailedPodsOnly(job)) {
    for (const pod of pods) if (isPodTerminating(pod)) taken.add(completionIndexOf(pod));
  }
  taken.delete(UNKNOWN_INDEX);
  const busy = mergeIntervals(withIndexes(succeeded, taken), failed ?? []);
  const completions = job.spec.completions ?? 0;
  const pending: number[] = [];
  let next = 0;
  for (const { first, last } of [...busy, { first: completions, last: completions }]) {
    for (; next < Math.min(first, completions) && pending.length < count; next++) pending.push(next);
    next = Math.max(next, last + 1);
  }
  return pending;
}

/**
 * By index, the failed pod whose finalizer stays until it has been replaced: it carries the count of failures.
 * Of several, the one that failed last.
 */
export function delayedDeletions(
  { job, pods, succeeded, failed }: IndexState,
  removing: ReadonlySet<string>,
): ReadonlyMap<number, Pod> {
  const active = activeIndexes(pods);
  const delayed = new Map<number, Pod>();
  for (const pod of pods) {
    const index = completionIndexOf(pod);
    if (!isTracked(pod) || removing.has(pod.metadata.uid) || !isValidIndex(job, index)) continue;
    if (!isPodFailed(pod, job) || active.has(index)) continue;
    if (hasIndex(succeeded, index) || hasIndex(failed ?? [], index)) continue;
    const last = delayed.get(index);
    const isLater =
      last === undefined ||
      (absoluteFailureCount(last) <= absoluteFailureCount(pod) && finishedTime(last) <= finishedTime(pod));
    if (isLater) delayed.set(index, pod);
  }
  return delayed;
}

/** Active pods that have no place: without index, with one that is too high, or not the first of their index. */
export function surplusIndexPods(
  job: Job,
  active: readonly Pod[],
  now: number,
): { surplus: readonly Pod[]; left: readonly Pod[] } {
  const surplus: Pod[] = [];
  const tooHigh: Pod[] = [];
  const byIndex = new Map<number, Pod[]>();
  const inOrder = active.filter(isPodActive).toSorted((a, b) => completionIndexOf(a) - completionIndexOf(b));
  for (const pod of inOrder) {
    const index = completionIndexOf(pod);
    if (index === UNKNOWN_INDEX) surplus.push(pod);
    else if (!isValidIndex(job, index)) tooHigh.push(pod);
    else byIndex.set(index, [...(byIndex.get(index) ?? []), pod]);
  }
  const left: Pod[] = [];
  for (const pods of byIndex.values()) {
    const ranked = pods.toSorted((a, b) => comparePodsForDeletion({ pod: a, rank: 0 }, { pod: b, rank: 0 }, now));
    left.push(...ranked.splice(-1));
    surplus.push(...ranked);
  }
  return { surplus: [...surplus, ...tooHigh], left };
}
