/** A job's sync with pods in given numbers. What is deleted is gone before the job looks again. */
import type { Job, JobStatus, Pod } from "../../../engine/api/generated/types.ts";
import { NO_FAILURES } from "../../../engine/controllers/job/back-off.ts";
import { COMPLETION_INDEX, JOB_TRACKING } from "../../../engine/controllers/job/job-pods.ts";
import { observeJob } from "../../../engine/controllers/job/observe.ts";
import { syncJob } from "../../../engine/controllers/job/sync.ts";
import { expectEqual, type DataCase, type Failure } from "../topic.ts";

export interface IndexedPod {
  index: string;
  phase: string;
}

/** -1 is "not set", absent numbers are 0. */
export interface SyncCase extends DataCase {
  parallelism?: number;
  completions?: number;
  backoffLimit?: number;
  activeDeadlineSeconds?: number;
  completionMode?: string;
  podReplacementPolicy?: string;
  suspend?: boolean;
  wasSuspended?: boolean;
  deleting?: boolean;
  pendingPods?: number;
  activePods?: number;
  activePodsPhase?: string;
  readyPods?: number;
  succeededPods?: number;
  failedPods?: number;
  terminatingPods?: number;
  podsWithIndexes?: IndexedPod[];
  restartCounts?: number[];
  podPhase?: string;
  initialStatus?: { active?: number; succeed?: number; failed?: number; startTime?: string };
  expectedCreations?: number;
  expectedDeletions?: number;
  expectedCreatedIndexes?: number[];
  expectedActive?: number;
  expectedReady?: number;
  expectedSucceeded?: number;
  expectedFailed?: number;
  expectedTerminating?: number;
  expectedCompletedIdxs?: string;
  expectedCondition?: string | null;
  expectedConditionStatus?: string;
  expectedConditionReason?: string;
}

const NOW = Date.parse("2023-11-14T22:13:20Z");
const LONG_AGO = "2023-11-14T12:00:00Z";
/** The tables' jobs that name no limit have none to spare. */
const NO_LIMIT = 0;

export function whole(pod: Pod): Pod {
  return {
    ...pod,
    metadata: { ...pod.metadata, creationTimestamp: LONG_AGO, uid: pod.metadata.uid ?? "" },
    spec: pod.spec ?? { containers: [] },
  };
}

export function jobOf(part: { spec?: Job["spec"]; status?: JobStatus }): Job {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "job", namespace: "default", uid: "job" } as Job["metadata"],
    spec: { ...part.spec, template: part.spec?.template ?? {} },
    status: part.status ?? {},
  };
}

let made = 0;

function pod(phase: string, more: { metadata?: object; status?: object } = {}): Pod {
  const metadata = { name: `pod-${made++}`, uid: `uid-${made}`, namespace: "default", finalizers: [JOB_TRACKING] };
  const whatever: object = { metadata: { ...metadata, ...more.metadata }, status: { phase, ...more.status } };
  return whole(whatever as Pod);
}

export function indexedPod({ index, phase }: IndexedPod): Pod {
  const annotations = index === "" || index === "noIndex" ? {} : { [COMPLETION_INDEX]: index };
  return pod(phase, { metadata: { annotations } });
}

function podsOf(item: SyncCase): Pod[] {
  const { podPhase = "Running", restartCounts = [] } = item;
  const times = (count: number | undefined, make: (at: number) => Pod): Pod[] =>
    Array.from({ length: count ?? 0 }, (_, at) => make(at));
  const ready = { conditions: [{ type: "Ready", status: "True" }] };
  return [
    ...times(item.pendingPods, () => pod("Pending")),
    ...times(item.activePods, (at) =>
      pod(item.activePodsPhase ?? "Running", at < (item.readyPods ?? 0) ? { status: ready } : {}),
    ),
    ...times(item.succeededPods, () => pod("Succeeded")),
    ...times(item.failedPods, () => pod("Failed")),
    ...times(item.terminatingPods, () => pod("Running", { metadata: { deletionTimestamp: LONG_AGO } })),
    ...(item.podsWithIndexes ?? []).map(indexedPod),
    ...restartCounts.map((restartCount) => pod(podPhase, { status: { containerStatuses: [{ restartCount }] } })),
  ];
}

function caseJob(item: SyncCase): Job {
  const { parallelism = 0, completions = 0, backoffLimit = NO_LIMIT, completionMode, podReplacementPolicy } = item;
  const { active, succeed, failed, startTime } = item.initialStatus ?? {};
  const restartPolicy = item.kind === "syncOnFailure" ? "OnFailure" : "Never";
  const suspended = { type: "Suspended", status: "True", reason: "JobSuspended", message: "Job suspended" };
  const job = jobOf({
    spec: {
      template: { spec: { containers: [], restartPolicy } },
      ...(parallelism >= 0 && { parallelism }),
      ...(completions >= 0 && { completions }),
      backoffLimit,
      completionMode,
      podReplacementPolicy,
      suspend: item.suspend,
      activeDeadlineSeconds: item.activeDeadlineSeconds,
    },
    status: {
      ...(active !== undefined && { active }),
      ...(succeed !== undefined && { succeeded: succeed }),
      ...(failed !== undefined && { failed }),
      ...(startTime !== undefined && { startTime }),
      ...(item.wasSuspended && { conditions: [suspended] }),
    },
  });
  if (item.deleting !== true) return job;
  return { ...job, metadata: { ...job.metadata, deletionTimestamp: LONG_AGO } };
}

interface Outcome {
  status: JobStatus;
  created: (number | undefined)[];
  deleted: readonly Pod[];
  released: readonly Pod[];
}

function sync(job: Job, pods: readonly Pod[]): Outcome {
  const input = { job, pods, satisfied: true, removing: new Set<string>(), backOff: NO_FAILURES, now: NOW };
  const outcome: Outcome = { status: job.status, created: [], deleted: [], released: [] };
  syncJob(observeJob(input), {
    deletePods(doomed) {
      outcome.deleted = doomed;
      return { done: doomed };
    },
    createPods(drafts) {
      outcome.created = drafts.map(({ index }) => index);
      return { created: drafts.length };
    },
    writeStatus: (status) => void (outcome.status = status),
    releasePods(ended) {
      outcome.released = ended;
      return { done: ended };
    },
    rememberBackOff: () => undefined,
    event: () => undefined,
  });
  return outcome;
}

export function syncOnce(item: SyncCase): Failure {
  const job = caseJob(item);
  const pods = podsOf(item);
  const first = sync(job, pods);
  const isEnding = (first.status.conditions ?? []).some(
    ({ type, status }) => (type === "FailureTarget" || type === "SuccessCriteriaMet") && status === "True",
  );
  const gone = new Set([...first.deleted, ...first.released]);
  const left = pods.filter((each) => !gone.has(each) && each.metadata.deletionTimestamp === undefined);
  // Since v1.31 a job ends when its last pod has.
  const last = isEnding && first.deleted.length > 0 ? sync({ ...job, status: first.status }, left) : first;
  return compare(item, first, last.status);
}

export function pastDeadline(item: SyncCase & { startTime: number }): Failure {
  const startTime = new Date(NOW - item.startTime * 1000).toISOString();
  return syncOnce({ ...item, initialStatus: { ...item.initialStatus, startTime } });
}

function compare(item: SyncCase, { created, deleted }: Outcome, status: JobStatus): Failure {
  const { expectedCondition, expectedConditionStatus = "True", expectedConditionReason: reason } = item;
  const conditions = status.conditions ?? [];
  const said = conditions.find(({ type }) => type === expectedCondition);
  const isTrue = conditions.some((condition) => condition.status === "True");
  return expectEqual(
    {
      active: item.expectedActive ?? 0,
      ready: item.expectedReady ?? (item.kind === "sync" ? 0 : (status.ready ?? 0)),
      succeeded: item.expectedSucceeded ?? 0,
      failed: item.expectedFailed ?? 0,
      completedIndexes: item.expectedCompletedIdxs ?? "",
      ...(item.podReplacementPolicy !== undefined && { terminating: item.expectedTerminating ?? 0 }),
      // Only these tables count what is done.
      ...(item.kind === "sync" && { created: item.expectedCreations ?? 0 }),
      ...(hasDeletions(item) && { deleted: item.expectedDeletions ?? 0 }),
      ...(item.expectedCreatedIndexes && { indexes: item.expectedCreatedIndexes }),
      condition: expectedCondition == null ? "none" : [expectedConditionStatus, reason || said?.reason],
    },
    {
      active: status.active ?? 0,
      ready: status.ready ?? 0,
      succeeded: status.succeeded ?? 0,
      failed: status.failed ?? 0,
      completedIndexes: status.completedIndexes ?? "",
      ...(item.podReplacementPolicy !== undefined && { terminating: status.terminating ?? 0 }),
      ...(item.kind === "sync" && { created: created.length }),
      ...(hasDeletions(item) && { deleted: deleted.length }),
      ...(item.expectedCreatedIndexes && { indexes: created }),
      condition: conditionText(expectedCondition == null, isTrue, said),
    },
  );
}

function hasDeletions({ kind }: SyncCase): boolean {
  return kind === "sync" || kind === "syncPastDeadline";
}

function conditionText(
  wantsNone: boolean,
  isTrue: boolean,
  said: { status: string; reason?: string | undefined } | undefined,
): unknown {
  if (wantsNone) return isTrue ? "some" : "none";
  return [said?.status, said?.reason];
}
