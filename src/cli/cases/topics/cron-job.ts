/** When a cron job runs, which runs it has missed, and what one look at it does. */
import { parseCronSchedule } from "../../../engine/api/batch/cron-schedule.ts";
import type { CronJob, Job } from "../../../engine/api/generated/types.ts";
import { StatusError } from "../../../engine/api/meta/status-error.ts";
import { jobsToDelete } from "../../../engine/controllers/cron-job/history.ts";
import { jobFor } from "../../../engine/controllers/cron-job/job-template.ts";
import { mostRecentScheduleTime, nextScheduleDuration } from "../../../engine/controllers/cron-job/schedule-times.ts";
import { syncCronJob } from "../../../engine/controllers/cron-job/sync.ts";
import { defineTopic, expectEqual, unknownKind, type DataCase, type Failure } from "../topic.ts";

/** Which fields a case has depends on its kind. */
interface CronJobCase extends DataCase {
  cj: CronJob;
  now: string;
  includeSDS?: boolean;
  expectedRecentTime: string | null;
  expectedEarliestTime: string;
  expectedTooManyMissed?: number;
  wantErr?: boolean;
  expectedDurationSeconds: number;
  cronJob: CronJob;
  finishedJobs: Job[];
  expectedDeletedJobs: string[];
  spec: CronJob["spec"];
  creationTimestamp: string;
  ranPreviously: boolean;
  stillActive: boolean;
  lastScheduleTime?: string;
  jobCreationTime?: string;
  jobInActiveStatus?: boolean;
  expect: {
    createJob: boolean;
    deleteJob: boolean;
    active: number;
    warnings: number;
    error: boolean;
    statusUpdated: boolean;
    requeueAfterSeconds?: number;
  };
}

const MISSED = { none: 0, few: 1, many: 2 };

export const cronJob = defineTopic<CronJobCase>({
  topic: "cronjob",
  doesNotApply: {
    "TestControllerV2SyncCronJob#54": "a wait without the tenth of a second that each wait ends with",
    "TestControllerV2SyncCronJob#56": "a wait without the tenth of a second that each wait ends with",
    "TestControllerV2SyncCronJob#69": "its only job has finished and none is created, so that none can be active",
  },
  run: (item) => run(item),
});

function run(item: CronJobCase): Failure {
  const now = Date.parse(item.now);
  switch (item.kind) {
    case "mostRecentScheduleTime": {
      const { earliest, mostRecent, missed, problem } = mostRecentScheduleTime(
        item.cj,
        parseCronSchedule(item.cj.spec.schedule),
        { now, withDeadline: item.includeSDS === true },
      );
      const { expectedRecentTime, expectedEarliestTime, expectedTooManyMissed = 0, wantErr = false } = item;
      if (wantErr) return expectEqual(true, problem !== undefined);
      return expectEqual(
        [expectedEarliestTime, expectedRecentTime, expectedTooManyMissed, false],
        [textOf(earliest), mostRecent === undefined ? null : textOf(mostRecent), MISSED[missed], problem !== undefined],
      );
    }
    case "nextScheduleDuration": {
      const wait = nextScheduleDuration(item.cj, parseCronSchedule(item.cj.spec.schedule), now);
      return expectEqual(item.expectedDurationSeconds, (wait ?? Number.NaN) / 1000);
    }
    case "cleanupFinishedJobs":
      return expectEqual(
        item.expectedDeletedJobs,
        jobsToDelete(item.cronJob, item.finishedJobs).map(({ metadata }) => metadata.name),
      );
    case "sync":
      return sync(item, now);
    default:
      return unknownKind(item.kind);
  }
}

function textOf(time: number): string {
  return new Date(time).toISOString().replace(".000Z", "Z");
}

const TEMPLATE = { spec: { template: {} } };

function sync(item: CronJobCase, now: number): Failure {
  const { ranPreviously, stillActive, lastScheduleTime, jobCreationTime = "", jobInActiveStatus, expect } = item;
  const parts: object = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "mycronjob", namespace: "snazzycats", uid: "cron", creationTimestamp: item.creationTimestamp },
    spec: { ...item.spec, jobTemplate: TEMPLATE },
    status: { lastScheduleTime },
  };
  const cron = parts as CronJob;
  const children = ranPreviously ? [ranJob(cron, jobCreationTime, stillActive)] : [];
  // What the informer's copy has not got yet, the server's has: the controller asks it for jobs that it doesn't know.
  const active =
    jobInActiveStatus === true || stillActive
      ? children.map(({ metadata }) => ({ uid: metadata.uid, name: metadata.name }))
      : [];
  const status = { ...cron.status, ...(active.length > 0 && { active }) };
  const counts = { created: 0, deleted: 0, warnings: 0 };
  const result = syncCronJob(
    { cronJob: { ...cron, status }, jobs: children, now },
    {
      getJob: (name) => children.find(({ metadata }) => metadata.name === name),
      createJob(draft) {
        if (children.some(({ metadata }) => metadata.name === draft.metadata.name)) {
          throw new StatusError(409, "AlreadyExists", "already exists");
        }
        counts.created++;
        const job: object = { ...draft, metadata: { ...draft.metadata, uid: "created" } };
        return job as Job;
      },
      deleteJob: () => void counts.deleted++,
      event: (type) => void (counts.warnings += Number(type === "Warning")),
    },
  );
  const { after, error, status: next } = result;
  const isSame = JSON.stringify(sorted(next)) === JSON.stringify(sorted(status));
  return expectEqual(
    { ...expect, requeueAfterSeconds: expect.requeueAfterSeconds ?? null },
    {
      createJob: counts.created > 0,
      deleteJob: counts.deleted > 0,
      active: next.active?.length ?? 0,
      warnings: counts.warnings,
      error: error !== undefined,
      statusUpdated: !isSame,
      requeueAfterSeconds: after === undefined ? null : after / 1000,
    },
  );
}

function sorted(status: object): unknown {
  return Object.entries(status)
    .filter(([, value]) => value !== undefined)
    .sort();
}

function ranJob(cron: CronJob, created: string, stillActive: boolean): Job {
  const time = Date.parse(created);
  const draft = jobFor(cron, time);
  const metadata = { ...draft.metadata, uid: "1234", creationTimestamp: created };
  const completionTime = textOf(time + 10_000);
  const status = stillActive ? {} : { completionTime, conditions: [{ type: "Complete", status: "True" }] };
  const job: object = { ...draft, apiVersion: "batch/v1", kind: "Job", metadata, status };
  return job as Job;
}
