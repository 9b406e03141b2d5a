/**
 * Counts pods that ended exactly once: the uid of one is noted in the status, its finalizer is removed, and then it is
 * counted and its uid dropped. Upstream: trackJobStatusAndRemoveFinalizers in pkg/controller/job/job_controller.go.
 */
import type { JobStatus, Pod, UncountedTerminatedPods } from "../../api/generated/types.ts";
import type { Verdict } from "./conditions.ts";
import { isValidIndex } from "./indexes.ts";
import { completionIndexOf, countsAsFailure, isIndexedJob, isPodFailed, isTracked } from "./job-pods.ts";
import type { JobContext } from "./observe.ts";
import { formatIntervals, hasIndex, totalIndexes, withIndexes } from "./ordered-intervals.ts";

const MOST_UNCOUNTED = 500;

export interface CountedPods {
  status: JobStatus;
  /** Pods whose finalizer is to go once the status is written. */
  release: readonly Pod[];
  /** True iff there was no room for all: the rest is for the next sync. */
  isPartial: boolean;
}

/** Notes what ended in `status`, which has no more than the counts of before. */
export function notePods(context: JobContext, verdict: Verdict | undefined, before: JobStatus): CountedPods {
  const { job, removing, uncounted, previousIndexes } = context;
  const indexed = isIndexedJob(job);
  let status = countReleased(before, trackedUids(context));
  const succeeded = [...(status.uncountedTerminatedPods?.succeeded ?? [])];
  const failed = [...(status.uncountedTerminatedPods?.failed ?? [])];
  const newIndexes = new Set<number>();
  const release: Pod[] = [];
  const pods = indexed ? context.pods.toSorted((a, b) => completionIndexOf(a) - completionIndexOf(b)) : context.pods;
  let isPartial = false;
  for (const pod of pods) {
    const { uid } = pod.metadata;
    const hasFailed = isPodFailed(pod, job);
    if (!isTracked(pod) || removing.has(uid) || !mayRelease(context, pod, { verdict, hasFailed })) continue;
    release.push(pod);
    const index = completionIndexOf(pod);
    if (pod.status.phase === "Succeeded" && !uncounted.failed.has(uid)) {
      if (!indexed) {
        if (!uncounted.succeeded.has(uid)) succeeded.push(uid);
      } else if (isValidIndex(job, index) && !hasIndex(previousIndexes, index)) newIndexes.add(index);
    } else if (hasFailed || verdict?.success === false) {
      const isNew = !uncounted.failed.has(uid) && (!indexed || isValidIndex(job, index));
      if (isNew && countsAsFailure(job, pod)) failed.push(uid);
    }
    isPartial = newIndexes.size + succeeded.length + failed.length >= MOST_UNCOUNTED;
    if (isPartial) break;
  }
  status = { ...status, uncountedTerminatedPods: uncountedPods(succeeded, failed) };
  return { status: indexed ? withIndexCounts(context, status, newIndexes) : status, release, isPartial };
}

function withIndexCounts(context: JobContext, status: JobStatus, newIndexes: ReadonlySet<number>): JobStatus {
  const { indexes, failedIndexes } = context;
  const all = withIndexes(indexes, newIndexes);
  const { completedIndexes: _, succeeded: __, ...rest } = status;
  return {
    ...rest,
    ...(all.length > 0 && { succeeded: totalIndexes(all), completedIndexes: formatIntervals(all) }),
    ...(failedIndexes && { failedIndexes: formatIntervals(failedIndexes) }),
  };
}

/** Uids of pods that carry the finalizer still. */
export function trackedUids({ pods, removing }: JobContext): ReadonlySet<string> {
  return new Set(
    pods.filter((pod) => isTracked(pod) && !removing.has(pod.metadata.uid)).map((pod) => pod.metadata.uid),
  );
}

/** Counts noted pods that aren't `tracked` any more. */
export function countReleased(status: JobStatus, tracked: ReadonlySet<string>): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const restSucceeded = succeeded.filter((uid) => tracked.has(uid));
  const restFailed = failed.filter((uid) => tracked.has(uid));
  const moreSucceeded = succeeded.length - restSucceeded.length;
  const moreFailed = failed.length - restFailed.length;
  if (moreSucceeded === 0 && moreFailed === 0) return status;
  return {
    ...status,
    ...(moreSucceeded > 0 && { succeeded: (status.succeeded ?? 0) + moreSucceeded }),
    ...(moreFailed > 0 && { failed: (status.failed ?? 0) + moreFailed }),
    uncountedTerminatedPods: uncountedPods(restSucceeded, restFailed),
  };
}

function uncountedPods(succeeded: string[], failed: string[]): UncountedTerminatedPods {
  return { ...(succeeded.length > 0 && { succeeded }), ...(failed.length > 0 && { failed }) };
}

function mayRelease(
  { job, delayed }: JobContext,
  pod: Pod,
  { verdict, hasFailed }: { verdict: Verdict | undefined; hasFailed: boolean },
): boolean {
  if (job.metadata.deletionTimestamp !== undefined || verdict !== undefined || pod.status.phase === "Succeeded") {
    return true;
  }
  return hasFailed && delayed.get(completionIndexOf(pod))?.metadata.uid !== pod.metadata.uid;
}
