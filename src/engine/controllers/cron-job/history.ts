/** Which finished jobs a cron job still keeps. Upstream: cleanupFinishedJobs in pkg/controller/cronjob/cronjob_controllerv2.go. */
import { isJobComplete, isJobFailed } from "../../api/batch/job/conditions.ts";
import type { CronJob, Job } from "../../api/generated/types.ts";
import { parseTime } from "../../base/time.ts";

/** The oldest above the limits. */
export function jobsToDelete({ spec }: CronJob, jobs: readonly Job[]): readonly Job[] {
  const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = spec;
  return [
    ...oldest(jobs.filter(isJobComplete), successfulJobsHistoryLimit),
    ...oldest(
      jobs.filter((job) => isJobFailed(job) && !isJobComplete(job)),
      failedJobsHistoryLimit,
    ),
  ];
}

function oldest(jobs: readonly Job[], limit: number | undefined): readonly Job[] {
  if (limit === undefined || jobs.length <= limit) return [];
  return jobs.toSorted(compareStarts).slice(0, jobs.length - limit);
}

/** Those that never started last, then by time, then by name. */
function compareStarts(a: Job, b: Job): number {
  const [timeA, timeB] = [startOf(a), startOf(b)];
  if (timeA !== timeB) return timeA < timeB ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

function startOf({ status }: Job): number {
  return status.startTime === undefined ? Number.POSITIVE_INFINITY : parseTime(status.startTime);
}
