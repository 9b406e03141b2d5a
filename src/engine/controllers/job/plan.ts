/**
 * What a job is to do next, from what is seen. Upstream: syncJob and manageJob in pkg/controller/job/job_controller.go.
 * Simplified: pods that run while others are backed off stay counted as active, where upstream's status says 0 meanwhile.
 */
import type { Job, Pod } from "../../api/generated/types.ts";
import { parseTime, SECOND } from "../../base/time.ts";
import { comparePodsForDeletion } from "../replica-set/ranking.ts";
import { remainingBackOff, remainingIndexBackOff } from "./back-off.ts";
import {
  BACKOFF_LIMIT_EXCEEDED,
  DEADLINE_EXCEEDED,
  FAILED_INDEXES,
  MAX_FAILED_INDEXES_EXCEEDED,
  POD_FAILURE_POLICY,
  SUCCESS_POLICY,
  verdictOf,
} from "./conditions.ts";
import type { Reason, Verdict } from "./conditions.ts";
import { matchPodFailurePolicy } from "./failure-policy.ts";
import { firstPendingIndexes, surplusIndexPods } from "./indexes.ts";
import { hasBackoffLimitPerIndex, isIndexedJob, isPodFailed, replacesFailedPodsOnly } from "./job-pods.ts";
import type { JobContext } from "./observe.ts";
import { totalIndexes } from "./ordered-intervals.ts";
import { jobPod } from "./pod-template.ts";
import type { JobPodDraft } from "./pod-template.ts";
import { matchSuccessPolicy } from "./success-policy.ts";

/** Pods created or deleted in one sync at most. */
const MOST_AT_ONCE = 500;
const DEFAULT_BACKOFF_LIMIT = 6;

export interface JobWork {
  deletions: readonly Pod[];
  /** Whether the finalizer goes before the pod: its end is not to be counted. */
  untrack: boolean;
  creations: readonly JobPodDraft[];
  /** Milliseconds until pods may be created that are missing. */
  wait?: number;
}

const NOTHING: JobWork = { deletions: [], untrack: false, creations: [] };

export function isJobSuspended({ spec }: Job): boolean {
  return spec.suspend === true;
}

/** How the job ends, if this is its end whatever else there is to do. */
export function planVerdict(context: JobContext): Verdict | undefined {
  const { job, pods } = context;
  const said = verdictOf(job.status);
  if (said !== undefined) return said;
  const failed = (why: Reason): Verdict => ({ success: false, ...why });
  const message = failJobMessage(job, pods);
  if (message !== undefined) return failed({ reason: POD_FAILURE_POLICY, message });
  if (context.failed > (job.spec.backoffLimit ?? DEFAULT_BACKOFF_LIMIT) || hasRestartedTooOften(job, pods)) {
    return failed(BACKOFF_LIMIT_EXCEEDED);
  }
  if (untilDeadline(context) === 0) return failed(DEADLINE_EXCEEDED);
  if (!isIndexedJob(job)) return undefined;
  if (context.failedIndexes !== undefined) {
    const { maxFailedIndexes, completions = 0 } = job.spec;
    const count = totalIndexes(context.failedIndexes);
    if (maxFailedIndexes !== undefined && count > maxFailedIndexes) return failed(MAX_FAILED_INDEXES_EXCEEDED);
    if (count > 0 && count + totalIndexes(context.indexes) >= completions) return failed(FAILED_INDEXES);
  }
  const met = matchSuccessPolicy(job, context.indexes);
  return met === undefined ? undefined : { success: true, reason: SUCCESS_POLICY, message: met };
}

function failJobMessage(job: Job, pods: readonly Pod[]): string | undefined {
  const { podFailurePolicy } = job.spec;
  if (podFailurePolicy === undefined) return undefined;
  for (const pod of pods) {
    const message = isPodFailed(pod, job) ? matchPodFailurePolicy(podFailurePolicy, pod).message : undefined;
    if (message !== undefined) return message;
  }
  return undefined;
}

/** Pods that restart their containers themselves are judged by how often they did. */
function hasRestartedTooOften({ spec }: Job, pods: readonly Pod[]): boolean {
  if (spec.template.spec?.restartPolicy !== "OnFailure") return false;
  let restarts = 0;
  for (const { status } of pods) {
    if (status.phase !== "Running" && status.phase !== "Pending") continue;
    const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
    for (const { restartCount } of containers) restarts += restartCount;
  }
  const { backoffLimit = DEFAULT_BACKOFF_LIMIT } = spec;
  return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit;
}

/** Milliseconds; undefined: the job has no deadline that runs. */
export function untilDeadline({ job, now }: Pick<JobContext, "job" | "now">): number | undefined {
  const { activeDeadlineSeconds } = job.spec;
  if (activeDeadlineSeconds === undefined || isJobSuspended(job)) return undefined;
  const start = job.status.startTime === undefined ? now : parseTime(job.status.startTime);
  return Math.max(0, start + activeDeadlineSeconds * SECOND - now);
}

/** Pods to create or to delete, never both: a deletion comes first. */
export function planWork(context: JobContext): JobWork {
  const { job, active, terminating } = context;
  const remove = (deletions: readonly Pod[]): JobWork => ({ ...NOTHING, deletions, untrack: true });
  if (isJobSuspended(job)) return active.length === 0 ? NOTHING : remove(podsToRemove(context, active.length));
  const wanted = wantedActive(context);
  const surplus = podsToRemove(context, Math.max(0, active.length - wanted));
  if (surplus.length > 0) return remove(surplus.slice(0, MOST_AT_ONCE));
  const missing = wanted - (replacesFailedPodsOnly(job) ? terminating : 0) - active.length;
  return missing > 0 ? planCreations(context, Math.min(missing, MOST_AT_ONCE)) : NOTHING;
}

function wantedActive({ job, succeeded, active }: JobContext): number {
  const { completions, parallelism = 1 } = job.spec;
  // A work queue gets no new pods once one has succeeded.
  if (completions === undefined) return succeeded > 0 ? active.length : parallelism;
  return Math.max(0, Math.min(completions - succeeded, parallelism));
}

function podsToRemove({ job, active, now }: JobContext, atLeast: number): readonly Pod[] {
  const { surplus, left } = isIndexedJob(job) ? surplusIndexPods(job, active, now) : { surplus: [], left: active };
  if (surplus.length >= atLeast) return surplus;
  const ranked = left.toSorted((a, b) => comparePodsForDeletion({ pod: a, rank: 0 }, { pod: b, rank: 0 }, now));
  return [...surplus, ...ranked.slice(0, atLeast - surplus.length)];
}

function planCreations(context: JobContext, count: number): JobWork {
  const { job, pods, indexes, failedIndexes, delayed, nextBackOff, now } = context;
  if (!hasBackoffLimitPerIndex(job)) {
    const wait = remainingBackOff(nextBackOff, now);
    if (wait > 0) return { ...NOTHING, wait };
  }
  if (!isIndexedJob(job)) return { ...NOTHING, creations: Array.from({ length: count }, () => jobPod(job)) };
  const pending = firstPendingIndexes({ job, pods, succeeded: indexes, failed: failedIndexes }, count);
  const waits = pending.map((index) => remainingIndexBackOff(delayed.get(index), now));
  const due = pending.filter((_, at) => waits[at] === 0);
  if (due.length === 0 && waits.length > 0) return { ...NOTHING, wait: Math.min(...waits) };
  return { ...NOTHING, creations: due.map((index) => jobPod(job, index, delayed.get(index))) };
}
