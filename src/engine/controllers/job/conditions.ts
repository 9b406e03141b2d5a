/** A job's conditions: which there are, why, and how they follow each other. Upstream: pkg/controller/job/job_controller.go. */
import type { JobConditionType } from "../../api/batch/job/conditions.ts";
import type { JobCondition, JobStatus } from "../../api/generated/types.ts";
import { formatTime } from "../../base/time.ts";

export interface Reason {
  reason: string;
  message: string;
}

export const BACKOFF_LIMIT_EXCEEDED: Reason = {
  reason: "BackoffLimitExceeded",
  message: "Job has reached the specified backoff limit",
};
export const DEADLINE_EXCEEDED: Reason = {
  reason: "DeadlineExceeded",
  message: "Job was active longer than specified deadline",
};
export const MAX_FAILED_INDEXES_EXCEEDED: Reason = {
  reason: "MaxFailedIndexesExceeded",
  message: "Job has exceeded the specified maximal number of failed indexes",
};
export const FAILED_INDEXES: Reason = { reason: "FailedIndexes", message: "Job has failed indexes" };
export const COMPLETIONS_REACHED: Reason = {
  reason: "CompletionsReached",
  message: "Reached expected number of succeeded pods",
};
export const SUSPENDED: Reason = { reason: "JobSuspended", message: "Job suspended" };
export const RESUMED: Reason = { reason: "JobResumed", message: "Job resumed" };
export const POD_FAILURE_POLICY = "PodFailurePolicy";
export const SUCCESS_POLICY = "SuccessPolicy";

/** How a job is about to end. */
export interface Verdict extends Reason {
  success: boolean;
}

/** What was said before pods are counted; the end itself is said when all are. */
const INTERIM = { true: "SuccessCriteriaMet", false: "FailureTarget" } as const;
const TERMINAL = { true: "Complete", false: "Failed" } as const;

export function interimType({ success }: Verdict): JobConditionType {
  return INTERIM[`${success}`];
}

export function terminalType({ success }: Verdict): JobConditionType {
  return TERMINAL[`${success}`];
}

/** What the interim conditions of the status say already. */
export function verdictOf({ conditions = [] }: JobStatus): Verdict | undefined {
  for (const success of [true, false]) {
    const said = conditions.find(({ type, status }) => type === INTERIM[`${success}`] && status === "True");
    if (said !== undefined) return { success, reason: said.reason ?? "", message: said.message ?? "" };
  }
  return undefined;
}

/** The same list when nothing changes; a condition that is False and wasn't there is not added. */
export function withCondition(
  conditions: readonly JobCondition[],
  type: JobConditionType,
  { status, why, now }: { status: "True" | "False"; why: Reason; now: number },
): readonly JobCondition[] {
  const time = formatTime(now);
  const { reason, message } = why;
  const next = { type, status, lastProbeTime: time, lastTransitionTime: time, reason, message };
  const at = conditions.findIndex((condition) => condition.type === type);
  const known = conditions[at];
  if (known === undefined) return status === "False" ? conditions : [...conditions, next];
  if (known.status === status && known.reason === reason && known.message === message) return conditions;
  return conditions.with(at, next);
}
