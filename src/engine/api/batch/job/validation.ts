/** Upstream: ValidateJob, ValidateJobSpec, ValidateJobTemplateSpec in pkg/apis/batch/validation/validation.go. */
import { validatePodTemplate } from "../../core/pod/validation.ts";
import type { Job, JobSpec, JobTemplateSpec } from "../../generated/types.ts";
import { invalidValue, notSupportedInOrder, required, type FieldError } from "../../meta/field-error.ts";
import { isDNS1123Label, validateDomainPrefixedPath } from "../../meta/names.ts";
import { labelSelectorAsSelector, SelectorError } from "../../meta/selectors.ts";
import { validateLabelSelector, validateNonnegative } from "../../meta/validate-meta.ts";
import { validateGeneratedSelector } from "./generated-selector.ts";
import { validatePodFailurePolicy } from "./validate-failure-policy.ts";
import { validateSuccessPolicy } from "./validate-success-policy.ts";

const MAX_INDEXED_PARALLELISM = 100_000;
const MAX_FAILED_INDEXES = 100_000;
/** From so many completions on the limits below hold. */
const MANY_COMPLETIONS = 100_000;
const MAX_PARALLELISM_OF_MANY = 10_000;
const MAX_FAILED_INDEXES_OF_MANY = 10_000;
const MAX_MANAGED_BY = 63;
const COMPLETION_MODES = ["NonIndexed", "Indexed"];
const RESTART_POLICIES = ["OnFailure", "Never"];

export function validateJob(job: Job): FieldError[] {
  return [...validateGeneratedSelector(job, true), ...validateJobWithoutLabels(job)];
}

/** All but the generated labels, which jobs of old lack. */
export function validateJobWithoutLabels({ metadata, spec }: Job): FieldError[] {
  const errors = validateJobSpec(spec, "spec");
  if (spec.selector === undefined) errors.push(required("spec.selector"));
  else validateLabelSelector(spec.selector, "spec.selector", errors);
  const { labels } = spec.template?.metadata ?? {};
  try {
    if (!labelSelectorAsSelector(spec.selector).matches(labels)) {
      const detail = "`selector` does not match template `labels`";
      errors.push(invalidValue("spec.template.metadata.labels", labels ?? null, detail));
    }
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
  }
  if (spec.completionMode === "Indexed" && (spec.completions ?? 0) > 0) {
    // The name of the last index's pod is also its host name.
    const last = `${metadata.name}-${(spec.completions ?? 0) - 1}`;
    if (isDNS1123Label(last).length > 0) {
      const detail = `will not able to create pod with invalid DNS label: ${last}`;
      errors.push(invalidValue("metadata.name", metadata.name, detail));
    }
  }
  return errors;
}

/** The template of a cron job's jobs, whose selectors are all generated. */
export function validateJobTemplate({ spec = {} as JobSpec }: JobTemplateSpec, field: string): FieldError[] {
  const errors = validateJobSpec(spec, `${field}.spec`);
  if (spec.selector !== undefined) {
    errors.push(invalidValue(`${field}.spec.selector`, spec.selector, "`selector` will be auto-generated"));
  }
  if (spec.manualSelector === true) {
    errors.push(notSupportedInOrder(`${field}.spec.manualSelector`, true, ["nil", "false"]));
  }
  return errors;
}

function validateJobSpec(spec: JobSpec, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const counts = [
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
  ] as const;
  for (const name of counts) validateNonnegative(spec[name], `${field}.${name}`, errors);
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    errors.push(required(`${field}.backoffLimitPerIndex`, "when maxFailedIndexes is specified"));
  }
  validateManagedBy(spec.managedBy, `${field}.managedBy`, errors);
  validateCompletionMode(spec, field, errors);
  if (spec.podFailurePolicy !== undefined) validatePodFailurePolicy(spec, `${field}.podFailurePolicy`, errors);
  if (spec.successPolicy !== undefined) validateSuccessPolicy(spec, `${field}.successPolicy`, errors);
  const replacement = spec.podReplacementPolicy;
  const replacements = spec.podFailurePolicy === undefined ? ["Failed", "TerminatingOrFailed"] : ["Failed"];
  if (replacement !== undefined && !replacements.includes(replacement)) {
    errors.push(notSupportedInOrder(`${field}.podReplacementPolicy`, replacement, replacements));
  }
  const options = { selectorMatches: true, alwaysRestart: false };
  errors.push(...validatePodTemplate(spec.template ?? {}, `${field}.template`, options));
  validateRestartPolicy(spec, `${field}.template.spec.restartPolicy`, errors);
  return errors;
}

function validateManagedBy(managedBy: string | undefined, field: string, errors: FieldError[]): void {
  if (managedBy === undefined) return;
  errors.push(...validateDomainPrefixedPath(field, managedBy));
  if (managedBy.length > MAX_MANAGED_BY) {
    const detail = `may not be more than ${MAX_MANAGED_BY} bytes`;
    errors.push({ type: "FieldValueTooLong", field, badValue: managedBy, detail });
  }
}

function validateCompletionMode(spec: JobSpec, field: string, errors: FieldError[]): void {
  const { completionMode, backoffLimitPerIndex, maxFailedIndexes } = spec;
  if (completionMode !== undefined && !COMPLETION_MODES.includes(completionMode)) {
    errors.push(notSupportedInOrder(`${field}.completionMode`, completionMode, COMPLETION_MODES));
  }
  if (completionMode === "Indexed") validateIndexed(spec, field, errors);
  if (completionMode !== undefined && completionMode !== "NonIndexed") return;
  const detail = "requires indexed completion mode";
  if (backoffLimitPerIndex !== undefined) {
    errors.push(invalidValue(`${field}.backoffLimitPerIndex`, backoffLimitPerIndex, detail));
  }
  if (maxFailedIndexes !== undefined) errors.push(invalidValue(`${field}.maxFailedIndexes`, maxFailedIndexes, detail));
}

function validateIndexed(spec: JobSpec, field: string, errors: FieldError[]): void {
  const { completions, parallelism = 0, maxFailedIndexes, backoffLimitPerIndex } = spec;
  const tooMany = (name: "parallelism" | "maxFailedIndexes", detail: string): void =>
    void errors.push(invalidValue(`${field}.${name}`, spec[name], `must be less than or equal to ${detail}`));
  if (completions === undefined) errors.push(required(`${field}.completions`, "when completion mode is Indexed"));
  if (parallelism > MAX_INDEXED_PARALLELISM) {
    tooMany("parallelism", `${MAX_INDEXED_PARALLELISM} when completion mode is Indexed`);
  }
  if (completions !== undefined && (maxFailedIndexes ?? 0) > completions) tooMany("maxFailedIndexes", "completions");
  if ((maxFailedIndexes ?? 0) > MAX_FAILED_INDEXES) tooMany("maxFailedIndexes", `${MAX_FAILED_INDEXES}`);
  if ((completions ?? 0) <= MANY_COMPLETIONS || backoffLimitPerIndex === undefined) return;
  const reason = `when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`;
  if (maxFailedIndexes === undefined) {
    const detail = `must be specified when completions is above ${MANY_COMPLETIONS}`;
    errors.push(required(`${field}.maxFailedIndexes`, detail));
  }
  if (parallelism > MAX_PARALLELISM_OF_MANY) tooMany("parallelism", `${MAX_PARALLELISM_OF_MANY} ${reason}`);
  if ((maxFailedIndexes ?? 0) > MAX_FAILED_INDEXES_OF_MANY) {
    tooMany("maxFailedIndexes", `${MAX_FAILED_INDEXES_OF_MANY} ${reason}`);
  }
}

/** "Always" is what the default says: to the user it is missing. */
function validateRestartPolicy(spec: JobSpec, field: string, errors: FieldError[]): void {
  const { restartPolicy = "" } = spec.template?.spec ?? {};
  if (restartPolicy === "" || restartPolicy === "Always") {
    errors.push(required(field, 'valid values: "OnFailure", "Never"'));
  } else if (!RESTART_POLICIES.includes(restartPolicy)) {
    errors.push(notSupportedInOrder(field, restartPolicy, RESTART_POLICIES));
  } else if (spec.podFailurePolicy !== undefined && restartPolicy !== "Never") {
    const detail = 'only "Never" is supported when podFailurePolicy is specified';
    errors.push(invalidValue(field, restartPolicy, detail));
  }
}
