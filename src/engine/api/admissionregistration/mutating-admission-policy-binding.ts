/** MutatingAdmissionPolicyBinding. Upstream: pkg/registry/admissionregistration/mutatingadmissionpolicybinding. */
import type { MutatingAdmissionPolicyBinding } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import type { FieldError } from "../meta/field-error.ts";
import { defineResource, specChanged } from "../meta/resource.ts";
import { mapField, withFields } from "../meta/share.ts";
import { defaultMatchResources } from "./match-resources.ts";
import { paramRefCell } from "./params.ts";
import { validateBindingParts } from "./policy-parts.ts";

/** A body without spec: validation then says what is missing. */
const NO_SPEC = Object.freeze({}) as MutatingAdmissionPolicyBinding["spec"];

export const mutatingAdmissionPolicyBindings = defineResource<MutatingAdmissionPolicyBinding>({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "MutatingAdmissionPolicyBinding",
  plural: "mutatingadmissionpolicybindings",
  categories: ["api-extensions"],
  scope: "Cluster",
  needsVersion: true,
  example: {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingAdmissionPolicyBinding",
    metadata: { name: "owner-label-everywhere" },
    spec: { policyName: "owner-label" },
  },
  bumpsGeneration: specChanged,
  defaults: (binding) =>
    withFields(binding, { spec: mapField(binding.spec ?? NO_SPEC, "matchResources", defaultMatchResources) }),
  validate({ spec }) {
    const errors: FieldError[] = [];
    validateBindingParts(spec, errors);
    return errors;
  },
  columns: [
    nameColumn,
    { name: "PolicyName", type: "string", cell: ({ spec }) => spec.policyName ?? "" },
    { name: "ParamRef", type: "string", cell: ({ spec }) => paramRefCell(spec.paramRef) },
    ageColumn,
  ],
});
