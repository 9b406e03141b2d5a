/** ValidatingAdmissionPolicyBinding. Upstream: pkg/registry/admissionregistration/validatingadmissionpolicybinding. */
import type { ValidatingAdmissionPolicyBinding } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { duplicate, invalidValue, notSupported, required, type FieldError } from "../meta/field-error.ts";
import { defineResource, specChanged } from "../meta/resource.ts";
import { mapField, withFields } from "../meta/share.ts";
import { defaultMatchResources } from "./match-resources.ts";
import { paramRefCell } from "./params.ts";
import { validateBindingParts } from "./policy-parts.ts";

const ACTIONS = ["Audit", "Deny", "Warn"];
const NOT_TWICE =
  "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)";

/** A body without spec: validation then says what is missing. */
const NO_SPEC = Object.freeze({}) as ValidatingAdmissionPolicyBinding["spec"];

export const validatingAdmissionPolicyBindings = defineResource<ValidatingAdmissionPolicyBinding>({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "ValidatingAdmissionPolicyBinding",
  plural: "validatingadmissionpolicybindings",
  categories: ["api-extensions"],
  scope: "Cluster",
  needsVersion: true,
  example: {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: "few-replicas-everywhere" },
    spec: { policyName: "few-replicas", validationActions: ["Deny"] },
  },
  bumpsGeneration: specChanged,
  defaults: (binding) =>
    withFields(binding, { spec: mapField(binding.spec ?? NO_SPEC, "matchResources", defaultMatchResources) }),
  validate({ spec }) {
    const errors: FieldError[] = [];
    validateBindingParts(spec, errors);
    validateActions(spec.validationActions ?? [], errors);
    return errors;
  },
  columns: [
    nameColumn,
    { name: "PolicyName", type: "string", cell: ({ spec }) => spec.policyName },
    { name: "ParamRef", type: "string", cell: ({ spec }) => paramRefCell(spec.paramRef) },
    ageColumn,
  ],
});

function validateActions(actions: readonly string[], errors: FieldError[]): void {
  const field = "spec.validationActions";
  const seen = new Set<string>();
  for (const [index, action] of actions.entries()) {
    if (!ACTIONS.includes(action)) errors.push(notSupported(`${field}[${index}]`, action, ACTIONS));
    if (seen.has(action)) errors.push(duplicate(`${field}[${index}]`, action));
    seen.add(action);
  }
  if (seen.has("Deny") && seen.has("Warn")) errors.push(invalidValue(field, actions, NOT_TWICE));
  if (seen.size === 0) errors.push(required(field, "at least one validation action is required"));
}
