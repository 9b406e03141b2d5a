/** What one sync of a job sees. Upstream: syncJobCtx in pkg/controller/job/job_controller.go. */
import { isPodActive, isPodReady, isPodTerminating } from "../../api/core/pod/conditions.ts";
import type { Job, Pod } from "../../api/generated/types.ts";
import { nextBackOffRecord } from "./back-off.ts";
import type { BackOffRecord } from "./back-off.ts";
import { delayedDeletions, failedIndexes, isValidIndex, succeededIndexes } from "./indexes.ts";
import {
  completionIndexOf,
  countsAsFailure,
  hasBackoffLimitPerIndex,
  isIndexedJob,
  isPodFailed,
  isTracked,
} from "./job-pods.ts";
import { totalIndexes } from "./ordered-intervals.ts";
import type { OrderedIntervals } from "./ordered-intervals.ts";

export interface JobInput {
  job: Job;
  /** All that the job has, finished ones too. */
  pods: readonly Pod[];
  /** Whether all pods that were created and deleted have been seen. */
  satisfied: boolean;
  /** Uids of pods whose finalizer was removed without that having been seen. */
  removing: ReadonlySet<string>;
  backOff: BackOffRecord;
  now: number;
}

export interface JobContext extends JobInput {
  active: readonly Pod[];
  ready: number;
  terminating: number;
  uncounted: { succeeded: ReadonlySet<string>; failed: ReadonlySet<string> };
  /** Pods that have succeeded in all, counted or not; of an Indexed job: indexes. */
  succeeded: number;
  /** Failures that count. */
  failed: number;
  /** With the pods that ended since. */
  nextBackOff: BackOffRecord;
  previousIndexes: OrderedIntervals;
  indexes: OrderedIntervals;
  /** Set iff the job has a back-off limit per index. */
  failedIndexes: OrderedIntervals | undefined;
  delayed: ReadonlyMap<number, Pod>;
}

const NO_PODS: ReadonlyMap<number, Pod> = new Map();

export function observeJob(input: JobInput): JobContext {
  const { job, pods, removing } = input;
  const active = pods.filter(isPodActive);
  const { succeeded: newSucceeded, failed: newFailed } = newFinishedPods(input);
  const uncounted = uncountedOf(job);
  const counted = newFailed.filter((pod) => countsAsFailure(job, pod)).length;
  const { previous, succeeded } = isIndexedJob(job) ? succeededIndexes(job, pods) : { previous: [], succeeded: [] };
  const failed = hasBackoffLimitPerIndex(job) ? failedIndexes(job, pods) : undefined;
  return {
    ...input,
    active,
    ready: active.filter(isPodReady).length,
    terminating: pods.filter(isPodTerminating).length,
    uncounted,
    succeeded: isIndexedJob(job)
      ? totalIndexes(succeeded)
      : (job.status.succeeded ?? 0) + newSucceeded.length + uncounted.succeeded.size,
    failed: (job.status.failed ?? 0) + counted + uncounted.failed.size,
    nextBackOff: nextBackOffRecord(input.backOff, newSucceeded, newFailed),
    previousIndexes: previous,
    indexes: succeeded,
    failedIndexes: failed,
    delayed: failed === undefined ? NO_PODS : delayedDeletions({ job, pods, succeeded, failed }, removing),
  };
}

function uncountedOf({ status }: Job): JobContext["uncounted"] {
  const { succeeded, failed } = status.uncountedTerminatedPods ?? {};
  return { succeeded: new Set(succeeded), failed: new Set(failed) };
}

/** Pods that have ended and that no sync has noted yet. */
export function newFinishedPods({ job, pods, removing }: Pick<JobInput, "job" | "pods" | "removing">): {
  succeeded: readonly Pod[];
  failed: readonly Pod[];
} {
  const uncounted = uncountedOf(job);
  const isFresh = (pod: Pod, noted: ReadonlySet<string>): boolean => {
    const { uid } = pod.metadata;
    if (!isTracked(pod) || noted.has(uid) || removing.has(uid)) return false;
    return !isIndexedJob(job) || isValidIndex(job, completionIndexOf(pod));
  };
  return {
    succeeded: pods.filter((pod) => pod.status.phase === "Succeeded" && isFresh(pod, uncounted.succeeded)),
    failed: pods.filter((pod) => isPodFailed(pod, job) && isFresh(pod, uncounted.failed)),
  };
}
