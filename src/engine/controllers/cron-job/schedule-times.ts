/** Which runs of a cron job are due, missed or next. Upstream: pkg/controller/cronjob/utils.go. */
import type { CronSchedule } from "../../api/batch/cron-schedule.ts";
import type { CronJob } from "../../api/generated/types.ts";
import { parseTime, SECOND } from "../../base/time.ts";
import { nextTime } from "./next-time.ts";

/** More missed runs than this are worth a warning. */
const MANY = 100;
/** Added to each wait, so that the clock is past the run when it is looked at. */
const NEXT_SCHEDULE_DELTA_MS = 100;

export type Missed = "none" | "few" | "many";

export interface ScheduleTimes {
  /** From where runs were looked for. */
  earliest: number;
  /** The last run that was due; undefined: none was. */
  mostRecent: number | undefined;
  missed: Missed;
  problem?: string;
}

/** `withDeadline`: runs whose starting deadline is over don't count. */
export function mostRecentScheduleTime(
  { metadata, spec, status }: CronJob,
  schedule: CronSchedule,
  { now, withDeadline }: { now: number; withDeadline: boolean },
): ScheduleTimes {
  const { startingDeadlineSeconds, timeZone } = spec;
  let earliest = parseTime(status?.lastScheduleTime ?? metadata.creationTimestamp);
  if (withDeadline && startingDeadlineSeconds !== undefined) {
    earliest = Math.max(earliest, now - startingDeadlineSeconds * SECOND);
  }
  const next = (after: number): number | undefined => nextTime(schedule, after, timeZone);
  const none: ScheduleTimes = { earliest, mostRecent: undefined, missed: "none" };
  const first = next(earliest);
  const second = first === undefined ? undefined : next(first);
  if (first === undefined || second === undefined || second - first < SECOND) {
    return { ...none, problem: "time difference between two schedules is less than 1 second" };
  }
  if (now < first) return none;
  if (now < second) return { ...none, mostRecent: first };
  // How many fit in between is a guess when the schedule isn't even.
  const between = Math.round((second - first) / SECOND);
  const count = Math.floor(Math.floor((now - first) / SECOND) / between) + 1;
  let mostRecent: number | undefined;
  let time = next(first + (count - 2) * between * SECOND);
  for (; time !== undefined && time <= now; time = next(time)) mostRecent = time;
  return { earliest, mostRecent, missed: count > MANY ? "many" : "few" };
}

/** Milliseconds until the next run; undefined: there is none. */
export function nextScheduleDuration(cronJob: CronJob, schedule: CronSchedule, now: number): number | undefined {
  const { earliest, mostRecent, missed, problem } = mostRecentScheduleTime(cronJob, schedule, {
    now,
    withDeadline: false,
  });
  const from = mostRecent ?? (problem === undefined && missed === "none" ? earliest : now);
  const next = nextTime(schedule, problem === undefined ? from : now, cronJob.spec.timeZone);
  return next === undefined ? undefined : next + NEXT_SCHEDULE_DELTA_MS - now;
}
