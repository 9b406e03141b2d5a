/** What a job makes of its pods: which it creates and deletes, how it counts, when and how it ends. */
import { isJobFinished } from "../../../engine/api/batch/job/conditions.ts";
import type { IndexInterval } from "../../../engine/api/batch/job/index-intervals.ts";
import type { Job, Pod, PodFailurePolicy } from "../../../engine/api/generated/types.ts";
import { remainingBackOff } from "../../../engine/controllers/job/back-off.ts";
import { matchPodFailurePolicy } from "../../../engine/controllers/job/failure-policy.ts";
import {
  failedIndexes,
  firstPendingIndexes,
  isIndexFailed,
  succeededIndexes,
  surplusIndexPods,
} from "../../../engine/controllers/job/indexes.ts";
import { newFinishedPods } from "../../../engine/controllers/job/observe.ts";
import { hasIndex } from "../../../engine/controllers/job/ordered-intervals.ts";
import { generateNameWithIndex } from "../../../engine/controllers/job/pod-template.ts";
import { defineTopic, expectEqual, unknownKind, type DataCase, type Failure } from "../topic.ts";
import { indexedPod, jobOf, pastDeadline, syncOnce, whole, type IndexedPod, type SyncCase } from "./job-sync.ts";

/** Which fields a case has depends on its kind. */
interface JobCase extends DataCase {
  pods: (IndexedPod & Pod)[];
  completions: number;
  prevSucceeded: string;
  wantStatusIntervals: IndexInterval[];
  wantIntervals: IndexInterval[];
  job: Job;
  pod: Pod;
  wantResult: boolean;
  wantFailedIndexes: IndexInterval[] | null;
  index: number;
  intervals: IndexInterval[];
  wantHas: boolean;
  cnt: number;
  activePods: IndexedPod[];
  succeededIndexes: IndexInterval[];
  failedIndexes: IndexInterval[];
  want: number[];
  wantRm: IndexedPod[];
  wantLeft: IndexedPod[];
  jobname: string;
  wantPodGenerateName: string;
  conditionType: string;
  conditionStatus: string;
  expectJobNotFinished: boolean;
  podFailurePolicy: PodFailurePolicy | null;
  failedPod: Pod;
  wantJobFailureMessage: string | null;
  wantCountFailed: boolean;
  wantAction: string;
  backoffRecord: { failuresAfterLastSuccess: number; lastFailureTime?: string };
  currentTime: string;
  defaultBackoffSeconds: number;
  maxBackoffSeconds: number;
  wantDurationSeconds: number;
  expectedRmFinalizers: string[];
  wantSucceeded: number;
  wantFailed: number;
}

export const job = defineTopic<JobCase>({
  topic: "job",
  doesNotApply: {
    "TestControllerSyncJob#7":
      "since v1.29 pods that are being deleted are no reason to delete an active one (podReplacementPolicy Failed)",
    "TestIsIndexFailed#3": "the pod failure policy can't be switched off since v1.31",
    "TestMatchPodFailurePolicy#8": "the back-off limit per index can't be switched off since v1.33",
  },
  run: (item) => run(item),
});

function run(item: JobCase): Failure {
  switch (item.kind) {
    case "succeededIndexes":
      return succeeded(item);
    case "isIndexFailed":
      return expectEqual(item.wantResult, isIndexFailed(jobOf(item.job), whole(item.pod)));
    case "failedIndexes":
      return expectEqual(item.wantFailedIndexes ?? [], failedIndexes(jobOf(item.job), item.pods.map(whole)));
    case "intervalsHaveIndex":
      return expectEqual(item.wantHas ?? false, hasIndex(item.intervals ?? [], item.index));
    case "firstPendingIndexes":
      return pending(item);
    case "duplicatedIndexPods":
      return duplicated(item);
    case "podGenerateName":
      return expectEqual(item.wantPodGenerateName, generateNameWithIndex(item.jobname, item.index));
    case "isJobFinished": {
      const conditions = [{ type: item.conditionType, status: item.conditionStatus }];
      return expectEqual(!item.expectJobNotFinished, isJobFinished(jobOf({ status: { conditions } })));
    }
    case "podFailurePolicy": {
      const { action, counts, message } = matchPodFailurePolicy(
        item.podFailurePolicy ?? undefined,
        whole(item.failedPod),
      );
      const got = { action: action ?? null, counts, message: message ?? null };
      const { wantAction = null, wantCountFailed = false, wantJobFailureMessage = null } = item;
      return expectEqual({ action: wantAction, counts: wantCountFailed, message: wantJobFailureMessage }, got);
    }
    case "remainingBackoff":
      return backOff(item);
    case "newFinishedPods":
      return newFinished(item);
    case "sync":
    case "syncNever":
    case "syncOnFailure":
      return syncOnce(asSync(item));
    case "syncPastDeadline":
      return pastDeadline(asSync(item));
    default:
      return unknownKind(item.kind);
  }
}

function asSync(item: DataCase): SyncCase & { startTime: number } {
  return item as SyncCase & { startTime: number };
}

function indexed(completions: number, status: object = {}): Job {
  return jobOf({ spec: { completionMode: "Indexed", completions } as Job["spec"], status });
}

function succeeded({ pods = [], completions, prevSucceeded = "", ...want }: JobCase): Failure {
  const got = succeededIndexes(indexed(completions, { completedIndexes: prevSucceeded }), pods.map(indexedPod));
  return expectEqual(
    { previous: want.wantStatusIntervals ?? [], succeeded: want.wantIntervals ?? [] },
    { previous: got.previous, succeeded: got.succeeded },
  );
}

function pending(item: JobCase): Failure {
  const { completions, activePods = [], succeededIndexes: done = [], failedIndexes: failed } = item;
  const state = { job: indexed(completions), pods: activePods.map(indexedPod), succeeded: done, failed };
  return expectEqual(item.want ?? [], firstPendingIndexes(state, item.cnt));
}

function duplicated({ pods, completions, wantRm, wantLeft }: JobCase): Failure {
  const { surplus, left } = surplusIndexPods(indexed(completions), pods.map(indexedPod), 0);
  const plain = (list: readonly Pod[]): IndexedPod[] =>
    list.map(({ metadata, status }) => ({
      index: Object.values(metadata.annotations ?? {})[0] ?? "",
      phase: status.phase ?? "",
    }));
  return expectEqual({ surplus: wantRm ?? [], left: wantLeft ?? [] }, { surplus: plain(surplus), left: plain(left) });
}

function backOff(item: JobCase): Failure {
  const { failuresAfterLastSuccess, lastFailureTime } = item.backoffRecord;
  const record = {
    failuresAfterLastSuccess,
    ...(lastFailureTime !== undefined && { lastFailureTime: Date.parse(lastFailureTime) }),
  };
  const limits = { first: item.defaultBackoffSeconds * 1000, most: item.maxBackoffSeconds * 1000 };
  const now = item.currentTime === undefined ? 0 : Date.parse(item.currentTime);
  return expectEqual(item.wantDurationSeconds, remainingBackOff(record, now, limits) / 1000);
}

function newFinished(item: JobCase): Failure {
  const counted = jobOf(item.job);
  const pods = item.pods.map(whole);
  const fresh = newFinishedPods({ job: counted, pods, removing: new Set(item.expectedRmFinalizers) });
  const { succeeded: known = [], failed = [] } = counted.status.uncountedTerminatedPods ?? {};
  return expectEqual(
    { succeeded: item.wantSucceeded ?? 0, failed: item.wantFailed ?? 0 },
    {
      succeeded: (counted.status.succeeded ?? 0) + fresh.succeeded.length + known.length,
      failed: (counted.status.failed ?? 0) + fresh.failed.length + failed.length,
    },
  );
}
