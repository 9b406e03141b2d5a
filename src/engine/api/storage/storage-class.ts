/** StorageClass. Upstream: pkg/apis/storage, pkg/registry/storage/storageclass/strategy.go. */
import { deepEqual } from "../../base/json.ts";
import { expressionWarnings } from "../core/deprecated-node-labels.ts";
import type { StorageClass, TopologySelectorTerm } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { duplicate, forbiddenField, notSupported, required, type FieldError } from "../meta/field-error.ts";
import { defineResource } from "../meta/resource.ts";
import { fill } from "../meta/share.ts";
import { validateImmutable, validateLabelName } from "../meta/validate-meta.ts";
import { validateParameters, validateProvisioner } from "./validation.ts";

const RECLAIM_POLICIES = ["Delete", "Retain"];
const BINDING_MODES = ["Immediate", "WaitForFirstConsumer"];
/** Any of them, "true", makes a class the default. */
export const DEFAULT_CLASS_ANNOTATIONS = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];

export const storageClasses = defineResource<StorageClass>({
  group: "storage.k8s.io",
  version: "v1",
  kind: "StorageClass",
  plural: "storageclasses",
  shortNames: ["sc"],
  scope: "Cluster",
  example: {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "fast" },
    provisioner: "rancher.io/local-path",
  },
  defaults: (object) => fill(object, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" }),
  validate,
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    const forbid = (field: string): void =>
      void errors.push(forbiddenField(field, `updates to ${field} are forbidden.`));
    if (!deepEqual(object.parameters ?? {}, old.parameters ?? {})) forbid("parameters");
    if (object.provisioner !== old.provisioner) forbid("provisioner");
    if (object.reclaimPolicy !== old.reclaimPolicy) forbid("reclaimPolicy");
    validateImmutable(object.volumeBindingMode, old.volumeBindingMode, "volumeBindingMode", errors);
    return errors;
  },
  warnings: ({ allowedTopologies = [] }) =>
    allowedTopologies.flatMap(({ matchLabelExpressions: matchExpressions }, at) =>
      expressionWarnings({ matchExpressions }, `allowedTopologies[${at}]`).map((text) =>
        text.replace("matchExpressions", "matchLabelExpressions"),
      ),
    ),
  columns: [
    {
      ...nameColumn,
      cell: ({ metadata }) => `${metadata.name}${isDefault(metadata.annotations) ? " (default)" : ""}`,
    },
    { name: "Provisioner", type: "string", cell: ({ provisioner }) => provisioner ?? "" },
    { name: "ReclaimPolicy", type: "string", cell: ({ reclaimPolicy }) => reclaimPolicy ?? "Delete" },
    { name: "VolumeBindingMode", type: "string", cell: ({ volumeBindingMode }) => volumeBindingMode ?? "Immediate" },
    {
      name: "AllowVolumeExpansion",
      type: "string",
      cell: ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
    },
    ageColumn,
  ],
});

/** Upstream: IsDefaultAnnotation in pkg/apis/storage/util/helpers.go. */
function isDefault(annotations: Readonly<Record<string, string>> | undefined): boolean {
  return DEFAULT_CLASS_ANNOTATIONS.some((annotation) => annotations?.[annotation] === "true");
}

function validate(object: StorageClass): FieldError[] {
  const errors: FieldError[] = [];
  const { provisioner = "", parameters = {}, reclaimPolicy = "", volumeBindingMode } = object;
  validateProvisioner(provisioner, "provisioner", errors);
  validateParameters(parameters, errors);
  if (reclaimPolicy !== "" && !RECLAIM_POLICIES.includes(reclaimPolicy)) {
    errors.push(notSupported("reclaimPolicy", reclaimPolicy, RECLAIM_POLICIES));
  }
  if (volumeBindingMode === undefined) errors.push(required("volumeBindingMode"));
  else if (!BINDING_MODES.includes(volumeBindingMode)) {
    errors.push(notSupported("volumeBindingMode", volumeBindingMode, BINDING_MODES));
  }
  validateTopologies(object.allowedTopologies ?? [], errors);
  return errors;
}

/** Upstream: ValidateTopologySelectorTerm in pkg/apis/core/validation/validation.go. */
function validateTopologies(terms: readonly TopologySelectorTerm[], errors: FieldError[]): void {
  const seen: Record<string, string[]>[] = [];
  for (const [index, { matchLabelExpressions = [] }] of terms.entries()) {
    const field = `allowedTopologies[${index}].matchLabelExpressions`;
    const allowed: Record<string, string[]> = {};
    if (matchLabelExpressions.length === 0) errors.push(required(field));
    for (const [at, { key = "", values = [] }] of matchLabelExpressions.entries()) {
      if (values.length === 0) errors.push(required(`${field}[${at}].values`));
      for (const [position, value] of values.entries()) {
        if (values.indexOf(value) < position) errors.push(duplicate(`${field}[${at}].values[${position}]`, value));
      }
      validateLabelName(key, `${field}[${at}].key`, errors);
      if (key in allowed) errors.push(duplicate(`${field}[${at}].key`, key));
      allowed[key] = [...values].sort();
    }
    if (seen.some((other) => deepEqual(other, allowed))) errors.push(duplicate(field, ""));
    seen.push(allowed);
  }
}
