import type { ReplicaSet, ReplicaSetSpec, ReplicaSetStatus } from "../generated/types.ts";
import { defaultPodTemplate } from "../core/pod/defaults.ts";
import { workloadWarnings } from "../core/pod/warnings.ts";
import { ageColumn, nameColumn, templateColumns } from "../meta/columns.ts";
import { defineResource, specChanged } from "../meta/resource.ts";
import { invalidValue, type FieldError } from "../meta/field-error.ts";
import { formatLabelSelector } from "../meta/selectors.ts";
import { fill, mapField, memoizeIdempotent } from "../meta/share.ts";

import { validateImmutable, validateNonnegative } from "../meta/validate-meta.ts";
import { validateSelectorAndTemplate } from "./validation.ts";

const TEMPLATE = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx" }] } };
const NEW_STATUS: ReplicaSetStatus = Object.freeze({ replicas: 0 });

/** A body without spec: validation then says what is missing. */
const NO_SPEC = Object.freeze({}) as ReplicaSetSpec;

export const replicaSets = defineResource<ReplicaSet>({
  group: "apps",
  version: "v1",
  kind: "ReplicaSet",
  plural: "replicasets",
  shortNames: ["rs"],
  categories: ["all"],
  scope: "Namespaced",
  subresources: ["status", "scale"],
  example: {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: "web" },
    spec: { replicas: 3, selector: { matchLabels: { app: "web" } }, template: TEMPLATE },
  },
  bumpsGeneration: specChanged,
  defaults(replicaSet) {
    const { spec = NO_SPEC, status } = replicaSet;
    const filled = defaultSpec(spec);
    if (filled === spec && status !== undefined) return replicaSet;
    return { ...replicaSet, spec: filled, status: status ?? NEW_STATUS };
  },
  prepareForCreate: (replicaSet) => ({ ...replicaSet, status: NEW_STATUS }),
  warnings: workloadWarnings,
  validate: validateReplicaSet,
  validateUpdate(replicaSet, old) {
    const errors = [...validateReplicaSet(replicaSet)];
    validateImmutable(replicaSet.spec.selector, old.spec.selector, "spec.selector", errors);
    return errors;
  },
  validateStatusUpdate: ({ status }) => validateCounts(status),
  columns: [
    nameColumn,
    { name: "Desired", type: "integer", cell: ({ spec }) => spec.replicas ?? 0 },
    { name: "Current", type: "integer", cell: ({ status }) => status.replicas ?? 0 },
    { name: "Ready", type: "integer", cell: ({ status }) => status.readyReplicas ?? 0 },
    ageColumn,
    ...templateColumns<ReplicaSet>(({ spec }) => spec.template),
    { name: "Selector", type: "string", priority: 1, cell: ({ spec }) => formatLabelSelector(spec.selector) },
  ],
  selectableFields: { "status.replicas": ({ status }) => String(status.replicas ?? 0) },
});

/** Upstream: pkg/apis/apps/v1/defaults.go. */
const defaultSpec = memoizeIdempotent((spec: ReplicaSetSpec): ReplicaSetSpec =>
  mapField(fill(spec, { replicas: 1, template: {} }), "template", defaultPodTemplate),
);

function validateReplicaSet({ spec = {} as ReplicaSetSpec }: ReplicaSet): FieldError[] {
  const errors: FieldError[] = [];
  validateNonnegative(spec.replicas, "spec.replicas", errors);
  validateNonnegative(spec.minReadySeconds, "spec.minReadySeconds", errors);
  const options = { kind: "replicaset", field: "spec" };
  errors.push(...validateSelectorAndTemplate(spec.selector, spec.template, options));
  return errors;
}

function validateCounts(status: ReplicaSetStatus): FieldError[] {
  const errors: FieldError[] = [];
  const counts = [
    "replicas",
    "fullyLabeledReplicas",
    "readyReplicas",
    "availableReplicas",
    "observedGeneration",
  ] as const;
  for (const name of counts) validateNonnegative(status[name], `status.${name}`, errors);
  const { replicas, fullyLabeledReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  const complain = (name: string, value: number, other: string): void =>
    void errors.push(invalidValue(`status.${name}`, value, `cannot be greater than ${other}`));
  if (fullyLabeledReplicas > replicas) complain("fullyLabeledReplicas", fullyLabeledReplicas, "status.replicas");
  if (readyReplicas > replicas) complain("readyReplicas", readyReplicas, "status.replicas");
  if (availableReplicas > replicas) complain("availableReplicas", availableReplicas, "status.replicas");
  if (availableReplicas > readyReplicas) complain("availableReplicas", availableReplicas, "readyReplicas");
  return errors;
}
