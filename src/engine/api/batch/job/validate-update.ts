/** Upstream: ValidateJobSpecUpdate in pkg/apis/batch/validation, validationOptionsForJob in pkg/registry/batch/job/strategy.go. */
import { deepEqual } from "../../../base/json.ts";
import type { Affinity, Container, Job, JobSpec, PodSpec, PodTemplateSpec } from "../../generated/types.ts";
import { invalidValue, type FieldError } from "../../meta/field-error.ts";
import { withFields } from "../../meta/share.ts";
import { validateImmutable } from "../../meta/validate-meta.ts";
import { hasPrefixedLabels, validateGeneratedSelector } from "./generated-selector.ts";
import { validateJobWithoutLabels } from "./validation.ts";

export function validateJobUpdate(job: Job, old: Job): FieldError[] {
  const errors = validateJobWithoutLabels(job);
  // What was generated is still right when it didn't change; a selector that did is refused as such.
  const relabelled = !deepEqual(job.spec.template.metadata?.labels, old.spec.template.metadata?.labels);
  if (relabelled && deepEqual(job.spec.selector, old.spec.selector)) {
    errors.unshift(...validateGeneratedSelector(job, hasPrefixedLabels(old)));
  }
  validateCompletions(job.spec, old.spec, errors);
  validateImmutable(job.spec.selector, old.spec.selector, "spec.selector", errors);
  validateImmutable(job.spec.template, changeable(job.spec.template, old), "spec.template", errors);
  for (const name of [
    "completionMode",
    "podFailurePolicy",
    "backoffLimitPerIndex",
    "managedBy",
    "successPolicy",
  ] as const) {
    validateImmutable(job.spec[name] ?? null, old.spec[name] ?? null, `spec.${name}`, errors);
  }
  return errors;
}

/** Indexed jobs grow and shrink together with their parallelism. */
function validateCompletions(spec: JobSpec, old: JobSpec, errors: FieldError[]): void {
  if (spec.completionMode !== "Indexed") {
    validateImmutable(spec.completions ?? null, old.completions ?? null, "spec.completions", errors);
    return;
  }
  if (spec.completions === old.completions || spec.completions === undefined) return;
  if (spec.completions === spec.parallelism) return;
  const detail = "can only be modified in tandem with spec.parallelism";
  errors.push(invalidValue("spec.completions", spec.completions, detail));
}

/** The old template with what a job that doesn't run may change: where its pods go, and what they ask for. */
function changeable(template: PodTemplateSpec, { spec, status }: Job): PodTemplateSpec {
  const resting = spec.suspend === true && (status?.startTime === undefined || (status.active ?? 0) === 0);
  const { template: old } = spec;
  if (!resting || old.spec === undefined || template.spec === undefined) return old;
  const { affinity, nodeSelector, tolerations, schedulingGates, containers, initContainers } = template.spec;
  const podSpec: PodSpec = withFields(old.spec, {
    affinity: changeableAffinity(affinity, old.spec.affinity),
    nodeSelector,
    tolerations,
    schedulingGates,
    containers: withResources(old.spec.containers, containers) ?? [],
    initContainers: withResources(old.spec.initContainers, initContainers),
  });
  const { labels, annotations } = template.metadata ?? {};
  return withFields(old, { metadata: withFields(old.metadata ?? {}, { labels, annotations }), spec: podSpec });
}

function changeableAffinity(affinity: Affinity | undefined, old: Affinity | undefined): Affinity | undefined {
  const kept = withFields(old ?? {}, { nodeAffinity: affinity?.nodeAffinity });
  return Object.keys(kept).length === 0 ? affinity && kept : kept;
}

/** The old containers with the new ones' resources, one by one. */
function withResources(
  old: readonly Container[] | undefined,
  containers: readonly Container[] | undefined,
): Container[] | undefined {
  return old?.map((container, index) => withFields(container, { resources: containers?.[index]?.resources }));
}
