/**
 * What a controller may say of a job. Most rules hold for what changed only, so that a status that is wrong already doesn't
 * hold up the rest. Upstream: ValidateJobStatusUpdate in pkg/apis/batch/validation, getStatusValidationOptions in
 * pkg/registry/batch/job/strategy.go.
 */
import { deepEqual } from "../../../base/json.ts";
import { parseTime } from "../../../base/time.ts";
import type { Job, JobStatus } from "../../generated/types.ts";
import { duplicate, invalidValue, OMITTED, required, type FieldError } from "../../meta/field-error.ts";
import { validateNonnegative } from "../../meta/validate-meta.ts";
import { isJobComplete, isJobFailed, isJobFinished, jobConditionTrue } from "./conditions.ts";
import { commonIndex, countIndexes } from "./index-intervals.ts";

interface StatusChange {
  job: Job;
  old: Job;
  errors: FieldError[];
  /** Whether any of the fields has another value than before. */
  changed(...fields: (keyof JobStatus)[]): boolean;
}

export function validateJobStatusUpdate(job: Job, old: Job): FieldError[] {
  const errors: FieldError[] = [];
  const changed = (...fields: (keyof JobStatus)[]): boolean =>
    fields.some((field) => !deepEqual(job.status[field], old.status[field]));
  const change: StatusChange = { job, old, errors, changed };
  for (const name of ["active", "succeeded", "failed", "ready", "terminating"] as const) {
    validateNonnegative(job.status[name], `status.${name}`, errors);
  }
  validateUncounted(job.status, errors);
  validateConditions(change);
  validateTimes(change);
  validateFinished(change);
  validateIndexes(change);
  validateTransition(change);
  return errors;
}

function validateUncounted({ uncountedTerminatedPods = {} }: JobStatus, errors: FieldError[]): void {
  const seen = new Set<string>();
  for (const list of ["succeeded", "failed"] as const) {
    for (const [index, uid] of (uncountedTerminatedPods[list] ?? []).entries()) {
      const field = `status.uncountedTerminatedPods.${list}[${index}]`;
      if (uid === "") errors.push(invalidValue(field, uid, "must not be empty"));
      else if (seen.has(uid)) errors.push(duplicate(field, uid));
      seen.add(uid);
    }
  }
}

function validateConditions({ job, old, errors }: StatusChange): void {
  const complain = (detail: string): void => void errors.push(invalidValue("status.conditions", OMITTED, detail));
  const completeChanged = isJobComplete(job) !== isJobComplete(old);
  const failedChanged = isJobFailed(job) !== isJobFailed(old);
  const targetChanged = jobConditionTrue(job, "FailureTarget") !== jobConditionTrue(old, "FailureTarget");
  const metChanged = jobConditionTrue(job, "SuccessCriteriaMet") !== jobConditionTrue(old, "SuccessCriteriaMet");
  const failureTarget = jobConditionTrue(job, "FailureTarget");
  const criteriaMet = jobConditionTrue(job, "SuccessCriteriaMet");
  if ((completeChanged || failedChanged) && isJobComplete(job) && isJobFailed(job)) {
    complain("cannot set Complete=True and Failed=true conditions");
  }
  if ((completeChanged || targetChanged) && isJobComplete(job) && failureTarget) {
    complain("cannot set Complete=True and FailureTarget=true conditions");
  }
  if ((failedChanged || targetChanged) && isJobFailed(job) && !failureTarget) {
    complain("cannot set Failed=True condition without the FailureTarget=true condition");
  }
  if ((completeChanged || metChanged) && isJobComplete(job) && !criteriaMet) {
    complain("cannot set Complete=True condition without the SuccessCriteriaMet=true condition");
  }
  if (criteriaMet && isJobFailed(job)) complain("cannot set SuccessCriteriaMet=True and Failed=true conditions");
  if (criteriaMet && failureTarget) complain("cannot set SuccessCriteriaMet=True and FailureTarget=true conditions");
  if (job.spec.successPolicy !== undefined && !criteriaMet && isJobComplete(job)) {
    complain("cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True");
  }
}

function validateTimes({ job, old, errors, changed }: StatusChange): void {
  const { startTime, completionTime } = job.status;
  const complete = isJobComplete(job);
  if (changed("completionTime") || complete !== isJobComplete(old)) {
    if (completionTime !== undefined && !complete) {
      const detail = "cannot set completionTime when there is no Complete=True condition";
      errors.push(invalidValue("status.completionTime", completionTime, detail));
    }
    if (completionTime === undefined && complete) {
      errors.push(required("status.completionTime", "completionTime is required for Complete jobs"));
    }
  }
  if (!changed("startTime", "completionTime") || startTime === undefined || completionTime === undefined) return;
  if (parseTime(completionTime) >= parseTime(startTime)) return;
  const detail = "completionTime cannot be set before startTime";
  errors.push(invalidValue("status.completionTime", completionTime, detail));
}

function validateFinished({ job, old, errors, changed }: StatusChange): void {
  const { active = 0, startTime, uncountedTerminatedPods = {}, terminating = 0, ready } = job.status;
  const finished = isJobFinished(job);
  const finishedChanged = finished !== isJobFinished(old);
  if (finished && active > 0 && (finishedChanged || changed("active"))) {
    errors.push(invalidValue("status.active", active, "active>0 is invalid for finished job"));
  }
  if (finished && startTime === undefined && (finishedChanged || changed("startTime"))) {
    errors.push(required("status.startTime", "startTime is required for finished job"));
  }
  const { succeeded = [], failed = [] } = uncountedTerminatedPods;
  if (finished && succeeded.length + failed.length > 0 && (finishedChanged || changed("uncountedTerminatedPods"))) {
    const detail = "uncountedTerminatedPods needs to be empty for finished job";
    errors.push(invalidValue("status.uncountedTerminatedPods", uncountedTerminatedPods, detail));
  }
  if (finished && terminating > 0 && (finishedChanged || changed("terminating"))) {
    errors.push(invalidValue("status.terminating", terminating, "terminating>0 is invalid for finished job"));
  }
  if (ready !== undefined && ready > active && changed("ready", "active")) {
    errors.push(invalidValue("status.ready", ready, "cannot set more ready pods than active"));
  }
}

function validateIndexes({ job, errors, changed }: StatusChange): void {
  const { completions, completionMode, backoffLimitPerIndex } = job.spec;
  const { completedIndexes = "", failedIndexes } = job.status;
  const check = (name: "completedIndexes" | "failedIndexes", text: string): void => {
    const counted = countIndexes(text, completions ?? 0);
    if (typeof counted === "number") return;
    errors.push(invalidValue(`status.${name}`, text, `error parsing ${name}: ${counted.problem}`));
  };
  if (changed("completedIndexes")) {
    if (completions !== undefined) check("completedIndexes", completedIndexes);
    if (completedIndexes !== "" && completionMode !== "Indexed") {
      const detail = "cannot set non-empty completedIndexes when non-indexed completion mode";
      errors.push(invalidValue("status.completedIndexes", completedIndexes, detail));
    }
  }
  if (failedIndexes === undefined) return;
  if (changed("failedIndexes")) {
    if (completions !== undefined && backoffLimitPerIndex !== undefined) check("failedIndexes", failedIndexes);
    if (backoffLimitPerIndex === undefined) {
      const detail = "cannot set non-null failedIndexes when backoffLimitPerIndex is null";
      errors.push(invalidValue("status.failedIndexes", failedIndexes, detail));
    }
  }
  if (completions === undefined || !changed("failedIndexes", "completedIndexes")) return;
  const common = commonIndex(completedIndexes, failedIndexes, completions);
  if (common === undefined) return;
  const detail = `failedIndexes and completedIndexes overlap at index: ${common}`;
  errors.push(invalidValue("status.failedIndexes", failedIndexes, detail));
}

function validateTransition({ job, old, errors, changed }: StatusChange): void {
  const complain = (detail: string): void => void errors.push(invalidValue("status.conditions", OMITTED, detail));
  for (const type of ["Failed", "Complete", "FailureTarget"] as const) {
    if (jobConditionTrue(old, type) && !jobConditionTrue(job, type)) {
      complain(`cannot disable the terminal ${type}=True condition`);
    }
  }
  const { failed = 0, succeeded = 0, startTime, completionTime } = job.status;
  if (failed < (old.status.failed ?? 0)) {
    errors.push(invalidValue("status.failed", failed, "cannot decrease the failed counter"));
  }
  const { completionMode, completions, parallelism, suspend } = job.spec;
  // An indexed job whose numbers are equal can be scaled down.
  const mayShrink = completionMode === "Indexed" && completions === parallelism;
  if (!mayShrink && succeeded < (old.status.succeeded ?? 0)) {
    errors.push(invalidValue("status.succeeded", succeeded, "cannot decrease the succeeded counter"));
  }
  if (completionTime !== undefined && old.status.completionTime !== undefined && changed("completionTime")) {
    errors.push(invalidValue("status.completionTime", completionTime, "completionTime cannot be mutated"));
  }
  // A job that is resumed starts anew.
  const mayRestart = suspend === true || jobConditionTrue(old, "Suspended");
  if (old.status.startTime !== undefined && startTime !== old.status.startTime && !mayRestart) {
    errors.push(required("status.startTime", "startTime cannot be removed for unsuspended job"));
  }
  const met = jobConditionTrue(job, "SuccessCriteriaMet");
  const wasMet = jobConditionTrue(old, "SuccessCriteriaMet");
  if (wasMet && !met) complain("cannot disable the SuccessCriteriaMet=True condition");
  if (isJobComplete(old) && !wasMet && met) {
    complain("cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions");
  }
}
