/** One look at a cron job. Upstream: syncCronJob in pkg/controller/cronjob/cronjob_controllerv2.go. */
import { CronError, parseCronSchedule } from "../../api/batch/cron-schedule.ts";
import type { CronSchedule } from "../../api/batch/cron-schedule.ts";
import { isJobComplete, isJobFinished } from "../../api/batch/job/conditions.ts";
import type { CronJob, CronJobStatus, Job, ObjectReference } from "../../api/generated/types.ts";
import { controllerOf } from "../../api/meta/object.ts";
import type { Draft } from "../../api/meta/object.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import { isTimeZone } from "../../api/meta/time-zone.ts";
import { formatTime, parseTime, SECOND } from "../../base/time.ts";
import { isNamespaceTerminating } from "../pod-control.ts";
import { jobsToDelete } from "./history.ts";
import { jobFor, jobName } from "./job-template.ts";
import { mostRecentScheduleTime, nextScheduleDuration } from "./schedule-times.ts";

export interface CronEffects {
  /** Asks the server. */
  getJob(name: string): Job | undefined;
  createJob(draft: Draft<Job>): Job;
  deleteJob(job: Job): void;
  event(type: "Normal" | "Warning", text: { reason: string; message: string }): void;
}

export interface CronResult {
  status: CronJobStatus;
  /** Milliseconds until the next run. */
  after?: number;
  error?: StatusError;
}

/** What a look has found so far. */
interface Look {
  cronJob: CronJob;
  now: number;
  effects: CronEffects;
  active: readonly ObjectReference[];
  status: CronJobStatus;
}

export function syncCronJob(
  { cronJob, jobs, now }: { cronJob: CronJob; jobs: readonly Job[]; now: number },
  effects: CronEffects,
): CronResult {
  const { status } = cronJob;
  const look: Look = { cronJob, now, effects, active: status.active ?? [], status };
  for (const job of jobsToDelete(cronJob, jobs)) deleteJob(look, job);
  for (const job of jobs) observe(look, job);
  dropMissing(look, jobs);
  const outcome = cronJob.metadata.deletionTimestamp === undefined ? start(look) : {};
  const { active: _, ...rest } = look.status;
  return { ...outcome, status: { ...rest, ...(look.active.length > 0 && { active: [...look.active] }) } };
}

function isActive(look: Look, uid: string): boolean {
  return look.active.some((reference) => reference.uid === uid);
}

function drop(look: Look, uid: string): void {
  look.active = look.active.filter((reference) => reference.uid !== uid);
}

/** False when it could not be deleted. */
function deleteJob(look: Look, job: Job): boolean {
  const { name, uid } = job.metadata;
  try {
    look.effects.deleteJob(job);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    look.effects.event("Warning", { reason: "FailedDelete", message: `Deleted job: ${error.message}` });
    return false;
  }
  drop(look, uid);
  look.effects.event("Normal", { reason: "SuccessfulDelete", message: `Deleted job ${name}` });
  return true;
}

/** What became of a job since the last look. */
function observe(look: Look, job: Job): void {
  const { name, uid } = job.metadata;
  const found = isActive(look, uid);
  const finished = isJobFinished(job);
  if (!found && !finished) {
    const message = `Saw a job that the controller did not create or forgot: ${name}`;
    look.effects.event("Warning", { reason: "UnexpectedJob", message });
  } else if (finished) {
    if (found) {
      drop(look, uid);
      const condition = isJobComplete(job) ? "Complete" : "Failed";
      const message = `Saw completed job: ${name}, condition: ${condition}`;
      look.effects.event("Normal", { reason: "SawCompletedJob", message });
    }
    const { completionTime } = job.status;
    const { lastSuccessfulTime } = look.status;
    if (!isJobComplete(job) || completionTime === undefined) return;
    if (lastSuccessfulTime !== undefined && parseTime(completionTime) <= parseTime(lastSuccessfulTime)) return;
    look.status = { ...look.status, lastSuccessfulTime: completionTime };
  }
}

/** Jobs that were active and are no more there. */
function dropMissing(look: Look, jobs: readonly Job[]): void {
  const known = new Set(jobs.map(({ metadata }) => metadata.uid));
  for (const { uid = "", name = "" } of look.active) {
    if (known.has(uid) || look.effects.getJob(name) !== undefined) continue;
    look.effects.event("Normal", { reason: "MissingJob", message: `Active job went missing: ${name}` });
    drop(look, uid);
  }
}

type Outcome = Pick<CronResult, "after" | "error">;

function start(look: Look): Outcome {
  const { cronJob, now, effects } = look;
  const { timeZone, suspend } = cronJob.spec;
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    const message = `invalid timeZone: ${JSON.stringify(timeZone)}: unknown time zone ${timeZone}`;
    effects.event("Warning", { reason: "UnknownTimeZone", message });
    return {};
  }
  if (suspend === true) return {};
  const schedule = parseSchedule(look);
  if (schedule === undefined) return {};
  const { mostRecent, missed, problem } = mostRecentScheduleTime(cronJob, schedule, { now, withDeadline: true });
  if (problem !== undefined) {
    const message = `invalid schedule: ${cronJob.spec.schedule} : ${problem}`;
    effects.event("Warning", { reason: "InvalidSchedule", message });
    return {};
  }
  if (mostRecent !== undefined && missed === "many") {
    const message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
    effects.event("Warning", { reason: "TooManyMissedTimes", message });
  }
  const outcome = mostRecent === undefined || !isDue(look, mostRecent) ? {} : run(look, mostRecent);
  if (outcome === undefined) return {};
  if (outcome.error !== undefined) return outcome;
  const current = { ...cronJob, status: look.status };
  const after = nextScheduleDuration(current, schedule, now);
  return after === undefined ? {} : { after };
}

function parseSchedule({ cronJob, effects }: Look): CronSchedule | undefined {
  const { schedule } = cronJob.spec;
  if (schedule.includes("TZ")) {
    const message = `CRON_TZ or TZ used in schedule ${JSON.stringify(schedule)} is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details`;
    effects.event("Warning", { reason: "UnsupportedSchedule", message });
  }
  try {
    return parseCronSchedule(schedule);
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    const message = `unparseable schedule: ${JSON.stringify(schedule)} : ${error.message}`;
    effects.event("Warning", { reason: "UnparseableSchedule", message });
    return undefined;
  }
}

function isDue({ cronJob, now, effects, active, status }: Look, scheduled: number): boolean {
  const { startingDeadlineSeconds, concurrencyPolicy } = cronJob.spec;
  if (startingDeadlineSeconds !== undefined && scheduled + startingDeadlineSeconds * SECOND < now) {
    const time = new Date(scheduled).toUTCString().replace("GMT", "+0000");
    effects.event("Warning", { reason: "MissSchedule", message: `Missed scheduled time to start a job: ${time}` });
    return false;
  }
  // The informer may not have seen yet what the last look did.
  if (active.some(({ name }) => name === jobName(cronJob, scheduled))) return false;
  if (status.lastScheduleTime !== undefined && parseTime(status.lastScheduleTime) === scheduled) return false;
  if (concurrencyPolicy === "Forbid" && active.length > 0) {
    const message = "Not starting job because prior execution is running and concurrency policy is Forbid";
    effects.event("Normal", { reason: "JobAlreadyActive", message });
    return false;
  }
  return true;
}

/** Undefined: somebody else looks after this run. */
function run(look: Look, scheduled: number): Outcome | undefined {
  const { cronJob, effects } = look;
  const failure = cronJob.spec.concurrencyPolicy === "Replace" ? replaceActive(look) : undefined;
  if (failure !== undefined) return { error: failure };
  const draft = jobFor(cronJob, scheduled);
  const name = jobName(cronJob, scheduled);
  let job: Job;
  try {
    job = effects.createJob(draft);
    effects.event("Normal", { reason: "SuccessfulCreate", message: `Created job ${name}` });
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    if (isNamespaceTerminating(error)) return { error };
    const existing = error.reason === "AlreadyExists" ? effects.getJob(name) : undefined;
    if (existing === undefined) {
      effects.event("Warning", { reason: "FailedCreate", message: `Error creating job: ${error.message}` });
      return { error };
    }
    const { uid } = existing.metadata;
    if (controllerOf(existing)?.uid !== cronJob.metadata.uid || isActive(look, uid)) return undefined;
    job = existing;
  }
  look.active = [...look.active, referenceTo(job)];
  look.status = { ...look.status, lastScheduleTime: formatTime(scheduled) };
  return {};
}

function replaceActive(look: Look): StatusError | undefined {
  const { cronJob, effects } = look;
  for (const { name = "" } of look.active) {
    const job = effects.getJob(name);
    if (job === undefined) continue;
    if (deleteJob(look, job)) continue;
    const { namespace } = cronJob.metadata;
    return new StatusError(500, "InternalError", `could not replace job ${namespace}/${name}`);
  }
  return undefined;
}

function referenceTo({ apiVersion, kind, metadata }: Job): ObjectReference {
  const { namespace, name, uid, resourceVersion } = metadata;
  return { apiVersion, kind, namespace, name, uid, resourceVersion };
}
