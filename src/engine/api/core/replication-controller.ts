/** ReplicationController. Upstream: pkg/apis/core, pkg/registry/core/replicationcontroller/strategy.go. */
import { workloadWarnings } from "./pod/warnings.ts";
import type {
  PodTemplateSpec,
  ReplicationController,
  ReplicationControllerSpec,
  ReplicationControllerStatus,
} from "../generated/types.ts";
import { ageColumn, formatLabels, nameColumn, templateColumns } from "../meta/columns.ts";
import { forbiddenField, invalidValue, notSupported, required, type FieldError } from "../meta/field-error.ts";
import { defineResource, specChanged } from "../meta/resource.ts";
import { selectorFromLabels } from "../meta/selectors.ts";
import { fill, mapField, memoizeIdempotent } from "../meta/share.ts";
import { validateNonnegative } from "../meta/validate-meta.ts";
import { defaultPodTemplate } from "./pod/defaults.ts";
import { validatePodTemplate } from "./pod/validation.ts";

const NEW_STATUS: ReplicationControllerStatus = Object.freeze({ replicas: 0 });
const NO_LABELS: Readonly<Record<string, string>> = {};

/** A body without spec: validation then says what is missing. */
const NO_SPEC = Object.freeze({}) as ReplicationControllerSpec;

export const replicationControllers = defineResource<ReplicationController>({
  group: "",
  version: "v1",
  kind: "ReplicationController",
  plural: "replicationcontrollers",
  shortNames: ["rc"],
  categories: ["all"],
  scope: "Namespaced",
  subresources: ["status", "scale"],
  example: {
    apiVersion: "v1",
    kind: "ReplicationController",
    metadata: { name: "web" },
    spec: {
      replicas: 2,
      selector: { app: "web" },
      template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx" }] } },
    },
  },
  bumpsGeneration: specChanged,
  defaults(controller) {
    const { spec = NO_SPEC, status, metadata } = controller;
    const filled = defaultSpec(spec);
    const labels = filled.template?.metadata?.labels ?? NO_LABELS;
    const labelled = isEmpty(metadata.labels) && !isEmpty(labels) ? { ...metadata, labels } : metadata;
    if (filled === spec && status !== undefined && labelled === metadata) return controller;
    return { ...controller, metadata: labelled, spec: filled, status: status ?? NEW_STATUS };
  },
  prepareForCreate: (controller) => ({ ...controller, status: NEW_STATUS }),
  warnings: workloadWarnings,
  validate: validateReplicationController,
  validateStatusUpdate: ({ status }) => validateStatus(status),
  columns: [
    nameColumn,
    { name: "Desired", type: "integer", cell: ({ spec }) => spec.replicas ?? 0 },
    { name: "Current", type: "integer", cell: ({ status }) => status?.replicas ?? 0 },
    { name: "Ready", type: "integer", cell: ({ status }) => status?.readyReplicas ?? 0 },
    ageColumn,
    ...templateColumns<ReplicationController>(({ spec }) => spec.template),
    { name: "Selector", type: "string", priority: 1, cell: ({ spec }) => formatLabels(spec.selector) },
  ],
  selectableFields: { "status.replicas": ({ status }) => String(status.replicas ?? 0) },
});

function isEmpty(labels: Readonly<Record<string, string>> | undefined): boolean {
  return Object.keys(labels ?? NO_LABELS).length === 0;
}

/** Upstream: SetDefaults_ReplicationController in pkg/apis/core/v1/defaults.go. */
const defaultSpec = memoizeIdempotent((spec: ReplicationControllerSpec): ReplicationControllerSpec => {
  const filled = mapField(fill(spec, { replicas: 1 }), "template", defaultPodTemplate);
  const labels = filled.template?.metadata?.labels;
  return isEmpty(filled.selector) && labels !== undefined && !isEmpty(labels)
    ? { ...filled, selector: labels }
    : filled;
});

function validateReplicationController({ spec = NO_SPEC }: ReplicationController): FieldError[] {
  const errors: FieldError[] = [];
  validateNonnegative(spec.minReadySeconds, "spec.minReadySeconds", errors);
  if (isEmpty(spec.selector)) errors.push(required("spec.selector"));
  validateNonnegative(spec.replicas, "spec.replicas", errors);
  if (spec.template === undefined) errors.push(required("spec.template"));
  else validateTemplate(spec.template, spec.selector ?? NO_LABELS, errors);
  return errors;
}

function validateTemplate(
  template: PodTemplateSpec,
  selector: Readonly<Record<string, string>>,
  errors: FieldError[],
): void {
  const selectorMatches = isEmpty(selector) || selectorFromLabels(selector).matches(template.metadata?.labels);
  errors.push(...validatePodTemplate(template, "spec.template", { selectorMatches, alwaysRestart: false }));
  const { restartPolicy = "", activeDeadlineSeconds } = template.spec ?? {};
  if (restartPolicy !== "Always") {
    errors.push(notSupported("spec.template.spec.restartPolicy", restartPolicy, ["Always"]));
  }
  if (activeDeadlineSeconds !== undefined) {
    const detail = "activeDeadlineSeconds in ReplicationController is not Supported";
    errors.push(forbiddenField("spec.template.spec.activeDeadlineSeconds", detail));
  }
}

function validateStatus(status: ReplicationControllerStatus): FieldError[] {
  const errors: FieldError[] = [];
  const counts = [
    "replicas",
    "fullyLabeledReplicas",
    "readyReplicas",
    "availableReplicas",
    "observedGeneration",
  ] as const;
  for (const name of counts) validateNonnegative(status[name], `status.${name}`, errors);
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  for (const name of ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"] as const) {
    const count = status[name] ?? 0;
    if (count > replicas) {
      errors.push(invalidValue(`status.${name}`, count, "cannot be greater than status.replicas"));
    }
  }
  if (availableReplicas > readyReplicas) {
    errors.push(invalidValue("status.availableReplicas", availableReplicas, "cannot be greater than readyReplicas"));
  }
  return errors;
}
