/** What a job reads from its pods. Upstream: pkg/controller/job/{job_controller,indexed_job_utils,backoff_utils}.go. */
import { isPodActive } from "../../api/core/pod/conditions.ts";
import type { Job, Pod } from "../../api/generated/types.ts";
import { parseTime, SECOND } from "../../base/time.ts";
import { matchPodFailurePolicy } from "./failure-policy.ts";

/** On a pod iff the job has not counted its end yet. */
export const JOB_TRACKING = "batch.kubernetes.io/job-tracking";
export const COMPLETION_INDEX = "batch.kubernetes.io/job-completion-index";
export const INDEX_FAILURES = "batch.kubernetes.io/job-index-failure-count";
export const INDEX_IGNORED_FAILURES = "batch.kubernetes.io/job-index-ignored-failure-count";
/** The index of a pod that has none that can be read. */
export const UNKNOWN_INDEX = -1;

export function isTracked({ metadata }: Pod): boolean {
  return metadata.finalizers?.includes(JOB_TRACKING) === true;
}

export function completionIndexOf({ metadata }: Pod): number {
  const text = metadata.annotations?.[COMPLETION_INDEX];
  return text !== undefined && /^\+?\d+$/.test(text) ? Number(text) : UNKNOWN_INDEX;
}

export function isIndexedJob({ spec }: Job): boolean {
  return spec.completionMode === "Indexed";
}

export function hasBackoffLimitPerIndex(job: Job): boolean {
  return isIndexedJob(job) && job.spec.backoffLimitPerIndex !== undefined;
}

/** Whether a pod that is only on its way out waits to be replaced until it has failed. */
export function replacesFailedPodsOnly({ spec }: Job): boolean {
  return spec.podReplacementPolicy === "Failed" || spec.podFailurePolicy !== undefined;
}

/** A pod that is being deleted counts as failed, unless the job waits for what becomes of it. */
export function isPodFailed(pod: Pod, job: Job): boolean {
  const { phase } = pod.status;
  if (phase === "Failed") return true;
  if (replacesFailedPodsOnly(job)) return false;
  return pod.metadata.deletionTimestamp !== undefined && phase !== "Succeeded";
}

/** Whether the job's failure policy counts a failed pod. */
export function countsAsFailure(job: Job, pod: Pod): boolean {
  return matchPodFailurePolicy(job.spec.podFailurePolicy, pod).counts;
}

function numberIn(pod: Pod, annotation: string): number {
  const text = pod.metadata.annotations?.[annotation] ?? "";
  return /^\d+$/.test(text) ? Number(text) : 0;
}

/** How often pods of its index had failed and counted before this one. */
export function indexFailureCount(pod: Pod): number {
  return numberIn(pod, INDEX_FAILURES);
}

export function indexIgnoredFailureCount(pod: Pod): number {
  return numberIn(pod, INDEX_IGNORED_FAILURES);
}

/** The ones that were ignored too: back-off grows with them as well. */
export function absoluteFailureCount(pod: Pod): number {
  return indexFailureCount(pod) + indexIgnoredFailureCount(pod);
}

/** When a pod ended: its last container's end, else when it became unready, was deleted, was created. */
export function finishedTime(pod: Pod): number {
  const { metadata, status } = pod;
  const ends = (status.containerStatuses ?? []).map(({ state }) => state?.terminated?.finishedAt);
  if (ends.length > 0 && ends.every((end) => end !== undefined)) return Math.max(...ends.map(parseTime));
  const ready = status.conditions?.find(({ type }) => type === "Ready");
  if (ready?.status === "False" && ready.lastTransitionTime !== undefined) return parseTime(ready.lastTransitionTime);
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata;
  if (deletionTimestamp !== undefined) return parseTime(deletionTimestamp) - deletionGracePeriodSeconds * SECOND;
  return parseTime(metadata.creationTimestamp);
}

/** Indexes of the active ones. */
export function activeIndexes(pods: readonly Pod[]): ReadonlySet<number> {
  return new Set(pods.filter(isPodActive).map(completionIndexOf));
}
