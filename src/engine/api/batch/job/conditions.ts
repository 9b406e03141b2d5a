import type { Job } from "../../generated/types.ts";

export type JobConditionType = "Complete" | "Failed" | "FailureTarget" | "SuccessCriteriaMet" | "Suspended";

export function jobConditionTrue({ status }: Job, type: JobConditionType): boolean {
  return (status?.conditions ?? []).some((condition) => condition.type === type && condition.status === "True");
}

export function isJobComplete(job: Job): boolean {
  return jobConditionTrue(job, "Complete");
}

export function isJobFailed(job: Job): boolean {
  return jobConditionTrue(job, "Failed");
}

export function isJobFinished(job: Job): boolean {
  return isJobComplete(job) || isJobFailed(job);
}
