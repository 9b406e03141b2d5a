/** Upstream: ValidateCronJobCreate, ValidateCronJobUpdate in pkg/apis/batch/validation/validation.go. */
import type { CronJob, CronJobSpec } from "../generated/types.ts";
import { invalidValue, notSupportedInOrder, required, type FieldError } from "../meta/field-error.ts";
import { isTimeZone } from "../meta/time-zone.ts";
import { validateNonnegative } from "../meta/validate-meta.ts";
import { CronError, parseCronSchedule } from "./cron-schedule.ts";
import { validateJobTemplate } from "./job/validation.ts";

/** A job's name is the cron job's and a dash and ten digits, and has to be a label of 63 characters. */
const MAX_NAME = 52;
const CONCURRENCY_POLICIES = ["Allow", "Forbid", "Replace"];
const TIME_ZONE_PART = /^[A-Za-z.\-_0-9+]{1,14}$/;

export function validateCronJob({ metadata, spec }: CronJob): FieldError[] {
  const errors = validateSpec(spec, undefined);
  if (metadata.name.length > MAX_NAME) {
    errors.push(invalidValue("metadata.name", metadata.name, `must be no more than ${MAX_NAME} characters`));
  }
  return errors;
}

export function validateCronJobUpdate({ spec }: CronJob, old: CronJob): FieldError[] {
  return validateSpec(spec, old.spec);
}

function validateSpec(spec: CronJobSpec, old: CronJobSpec | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const { schedule = "", timeZone, concurrencyPolicy = "" } = spec;
  if (schedule === "") errors.push(required("spec.schedule"));
  else validateSchedule(schedule, { timeZone, mayNameZone: old?.schedule?.includes("TZ") ?? false }, errors);
  validateNonnegative(spec.startingDeadlineSeconds, "spec.startingDeadlineSeconds", errors);
  if (timeZone !== undefined && timeZone !== old?.timeZone) validateTimeZone(timeZone, "spec.timeZone", errors);
  if (concurrencyPolicy === "") errors.push(required("spec.concurrencyPolicy"));
  else if (!CONCURRENCY_POLICIES.includes(concurrencyPolicy)) {
    errors.push(notSupportedInOrder("spec.concurrencyPolicy", concurrencyPolicy, CONCURRENCY_POLICIES));
  }
  errors.push(...validateJobTemplate(spec.jobTemplate ?? {}, "spec.jobTemplate"));
  validateNonnegative(spec.successfulJobsHistoryLimit, "spec.successfulJobsHistoryLimit", errors);
  validateNonnegative(spec.failedJobsHistoryLimit, "spec.failedJobsHistoryLimit", errors);
  return errors;
}

/** `mayNameZone`: the stored schedule names one, from before that was refused. */
function validateSchedule(
  schedule: string,
  { timeZone, mayNameZone }: { timeZone: string | undefined; mayNameZone: boolean },
  errors: FieldError[],
): void {
  const complain = (detail: string): void => void errors.push(invalidValue("spec.schedule", schedule, detail));
  try {
    parseCronSchedule(schedule);
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    complain(error.message);
  }
  if (!schedule.includes("TZ")) return;
  if (!mayNameZone) complain("cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
  else if (timeZone !== undefined) complain("cannot use both timeZone field and TZ or CRON_TZ in schedule");
}

function validateTimeZone(timeZone: string, field: string, errors: FieldError[]): void {
  const complain = (detail: string): void => void errors.push(invalidValue(field, timeZone, detail));
  const unknown = `unknown time zone ${timeZone}`;
  if (timeZone === "") {
    complain("timeZone must be nil or non-empty string");
    return;
  }
  for (const part of timeZone.split("/")) {
    if (part !== "." && part !== ".." && !part.startsWith("-") && TIME_ZONE_PART.test(part)) continue;
    complain(unknown);
    return;
  }
  if (timeZone.toLowerCase() === "local") {
    complain("timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones");
    // Go takes the name in this one spelling.
    if (timeZone === "Local") return;
  }
  if (!isTimeZone(timeZone)) complain(unknown);
}
