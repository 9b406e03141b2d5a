/** MutatingAdmissionPolicy. Upstream: pkg/registry/admissionregistration/mutatingadmissionpolicy. */
import type { MutatingAdmissionPolicy, Mutation } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { invalidValue, notSupported, required, type FieldError } from "../meta/field-error.ts";
import { defineResource, specChanged } from "../meta/resource.ts";
import { fill, mapField, withFields } from "../meta/share.ts";
import { defaultMatchResources } from "./match-resources.ts";
import { paramKindCell } from "./params.ts";
import { validatePolicyParts } from "./policy-parts.ts";
import { validateReinvocationPolicy } from "./webhook.ts";

const PATCH_TYPES = ["ApplyConfiguration", "JSONPatch"];

export const mutatingAdmissionPolicies = defineResource<MutatingAdmissionPolicy>({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "MutatingAdmissionPolicy",
  plural: "mutatingadmissionpolicies",
  categories: ["api-extensions"],
  scope: "Cluster",
  needsVersion: true,
  example: {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingAdmissionPolicy",
    metadata: { name: "owner-label" },
    spec: {
      matchConstraints: {
        resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
      },
      reinvocationPolicy: "Never",
      mutations: [
        {
          patchType: "JSONPatch",
          jsonPatch: { expression: '[JSONPatch{op: "add", path: "/metadata/labels", value: {"owner": "web"}}]' },
        },
      ],
    },
  },
  bumpsGeneration: specChanged,
  defaults(policy) {
    const filled = fill(policy.spec ?? {}, { failurePolicy: "Fail" });
    return withFields(policy, { spec: mapField(filled, "matchConstraints", defaultMatchResources) });
  },
  validate: validatePolicy,
  columns: [
    nameColumn,
    { name: "Mutations", type: "integer", cell: ({ spec }) => (spec.mutations ?? []).length },
    { name: "ParamKind", type: "string", cell: ({ spec }) => paramKindCell(spec.paramKind) },
    ageColumn,
  ],
});

function validatePolicy({ spec }: MutatingAdmissionPolicy): FieldError[] {
  const errors: FieldError[] = [];
  const { mutations = [], reinvocationPolicy = "" } = spec;
  validatePolicyParts(spec, errors);
  if (mutations.length === 0) errors.push(required("spec.mutations", "mutations must contain at least one item"));
  for (const [index, mutation] of mutations.entries()) validateMutation(mutation, `spec.mutations[${index}]`, errors);
  if (reinvocationPolicy === "") errors.push(required("spec.reinvocationPolicy"));
  else validateReinvocationPolicy(reinvocationPolicy, "spec.reinvocationPolicy", errors);
  return errors;
}

function validateMutation(mutation: Mutation, field: string, errors: FieldError[]): void {
  const { patchType = "", jsonPatch, applyConfiguration } = mutation;
  if (patchType === "") {
    errors.push(required(`${field}.patchType`));
    return;
  }
  if (!PATCH_TYPES.includes(patchType)) {
    errors.push(notSupported(`${field}.patchType`, patchType, PATCH_TYPES));
    return;
  }
  const isJson = patchType === "JSONPatch";
  const [name, body] = isJson
    ? (["jsonPatch", jsonPatch] as const)
    : (["applyConfiguration", applyConfiguration] as const);
  const [other, unwanted] = isJson
    ? (["applyConfiguration", applyConfiguration] as const)
    : (["jsonPatch", jsonPatch] as const);
  if (body === undefined) {
    errors.push(required(`${field}.${name}`, `must be specified when patchType is ${patchType}`));
  } else if ((body.expression ?? "").trim() === "") {
    errors.push(required(`${field}.${name}.expression`, "expression is not specified"));
  }
  if (unwanted !== undefined) {
    const why = `must not be specified when patchType is ${patchType}`;
    errors.push(invalidValue(`${field}.${other}`, `{${other}}`, why));
  }
}
