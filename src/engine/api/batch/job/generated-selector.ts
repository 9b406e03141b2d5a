/** Labels and selector that tell a job's pods from all others. Upstream: generateSelector in pkg/registry/batch/job/strategy.go. */
import type { Job } from "../../generated/types.ts";
import { invalidValue, required, type FieldError } from "../../meta/field-error.ts";
import { labelSelectorAsSelector, SelectorError } from "../../meta/selectors.ts";

const CONTROLLER_UID = "batch.kubernetes.io/controller-uid";
const JOB_NAME = "batch.kubernetes.io/job-name";
/** From before labels of Kubernetes' own had a prefix. */
const LEGACY_CONTROLLER_UID = "controller-uid";
const LEGACY_JOB_NAME = "job-name";

function generatedLabels({ metadata }: Job): Record<string, string> {
  const { uid = "", name = "" } = metadata;
  return { [CONTROLLER_UID]: uid, [JOB_NAME]: name, [LEGACY_CONTROLLER_UID]: uid, [LEGACY_JOB_NAME]: name };
}

/** The same job when its user chose the selector. What a user set stays, and validation refuses it when it is wrong. */
export function generateSelector(job: Job): Job {
  const { manualSelector, selector, template } = job.spec;
  if (manualSelector === true) return job;
  const labels = { ...generatedLabels(job), ...template?.metadata?.labels };
  const matchLabels = { [CONTROLLER_UID]: job.metadata.uid ?? "", ...selector?.matchLabels };
  const spec = {
    ...job.spec,
    selector: { ...selector, matchLabels },
    template: { ...template, metadata: { ...template?.metadata, labels } },
  };
  return { ...job, spec };
}

/** Upstream: validateGeneratedSelector in pkg/apis/batch/validation. `prefixed`: the labels with a prefix have to be there. */
export function validateGeneratedSelector(job: Job, prefixed: boolean): FieldError[] {
  const { manualSelector, selector, template } = job.spec;
  if (manualSelector === true || selector === undefined) return [];
  const errors: FieldError[] = [];
  if (!job.metadata.uid) errors.push(required("metadata.uid"));
  const expected = generatedLabels(job);
  const keys = [LEGACY_CONTROLLER_UID, LEGACY_JOB_NAME, ...(prefixed ? [CONTROLLER_UID, JOB_NAME] : [])];
  const labels = template?.metadata?.labels ?? {};
  for (const key of keys) {
    const field = `spec.template.metadata.labels[${key}]`;
    const detail = `must be '${expected[key]}'`;
    if (labels[key] === undefined) errors.push(required(field, detail));
    else if (labels[key] !== expected[key]) errors.push(invalidValue(field, labels, detail));
  }
  try {
    const ours = Object.fromEntries(keys.map((key) => [key, expected[key] as string]));
    if (!labelSelectorAsSelector(selector).matches(ours)) {
      errors.push(invalidValue("spec.selector", selector, "`selector` not auto-generated"));
    }
  } catch (error) {
    // The selector's own check says what is wrong with it.
    if (!(error instanceof SelectorError)) throw error;
  }
  return errors;
}

/** Whether a stored job has the labels that newer servers generate. */
export function hasPrefixedLabels({ spec }: Job): boolean {
  const labels = spec.template?.metadata?.labels ?? {};
  return labels[CONTROLLER_UID] !== undefined && labels[JOB_NAME] !== undefined;
}
