import { expect, it } from "vitest";
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicySpec,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicyBindingSpec,
  ValidatingAdmissionPolicySpec,
} from "../generated/types.ts";
import { fieldErrorText } from "../meta/field-error.ts";
import type { KubeObject } from "../meta/object.ts";
import type { Resource } from "../meta/resource.ts";
import {
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
} from "../registry.ts";
import { paramRefCell } from "./params.ts";

function complaints<T extends KubeObject & { spec: object }>(
  resource: Resource<T>,
  changes: Partial<T["spec"]>,
): string[] {
  const example = resource.example as T;
  const given = { ...example, spec: { ...example.spec, ...changes } };
  return (resource.validate?.(resource.defaults?.(given) ?? given) ?? []).map(fieldErrorText);
}

it("fills failure policy, match policy, selectors and scope", () => {
  const example = validatingAdmissionPolicies.example as ValidatingAdmissionPolicy;
  const spec = validatingAdmissionPolicies.defaults?.(example).spec;
  expect(spec?.failurePolicy).toBe("Fail");
  expect(spec?.matchConstraints).toEqual({
    matchPolicy: "Equivalent",
    namespaceSelector: {},
    objectSelector: {},
    resourceRules: [
      {
        apiGroups: ["apps"],
        apiVersions: ["v1"],
        operations: ["CREATE", "UPDATE"],
        resources: ["deployments"],
        scope: "*",
      },
    ],
  });
});

it.each<[string[], Partial<ValidatingAdmissionPolicySpec>]>([
  [["spec.matchConstraints: Required value"], { matchConstraints: undefined }],
  [["spec.matchConstraints.resourceRules: Required value"], { matchConstraints: {} }],
  [
    [
      "spec.validations: Required value: validations or auditAnnotations must contain at least one item",
      "spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item",
    ],
    { validations: [] },
  ],
  [
    [
      "spec.validations[0].expression: Required value: expression is not specified",
      'spec.validations[0].message: Invalid value: "a\\nb": message must not contain line breaks',
      'spec.validations[0].reason: Unsupported value: "Bored": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
    ],
    { validations: [{ expression: " ", message: "a\nb", reason: "Bored" }] },
  ],
  [
    ['spec.variables[0].name: Invalid value: "for": name is not a valid CEL identifier'],
    { variables: [{ name: "for", expression: "1" }] },
  ],
  [
    ['spec.matchConditions[1].name: Duplicate value: "a"'],
    {
      matchConditions: [
        { name: "a", expression: "true" },
        { name: "a", expression: "true" },
      ],
    },
  ],
  [
    ['spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c'],
    { paramKind: { apiVersion: "a/b/c", kind: "Limit" } },
  ],
])("a policy: %j", (expected, changes) => {
  expect(complaints(validatingAdmissionPolicies, changes)).toEqual(expected);
});

it.each<[string[], Partial<ValidatingAdmissionPolicyBindingSpec>]>([
  [["spec.policyName: Required value"], { policyName: "" }],
  [["spec.validationActions: Required value: at least one validation action is required"], { validationActions: [] }],
  [
    [
      'spec.validationActions: Invalid value: ["Deny","Warn"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    ],
    { validationActions: ["Deny", "Warn"] },
  ],
  [
    [
      "spec.paramRef: Required value: one of name or selector must be specified",
      "spec.paramRef.parameterNotFoundAction: Required value",
    ],
    { paramRef: {} },
  ],
])("a binding: %j", (expected, changes) => {
  expect(complaints<ValidatingAdmissionPolicyBinding>(validatingAdmissionPolicyBindings, changes)).toEqual(expected);
});

it.each<[string[], Partial<MutatingAdmissionPolicySpec>]>([
  [["spec.mutations: Required value: mutations must contain at least one item"], { mutations: [] }],
  [["spec.reinvocationPolicy: Required value"], { reinvocationPolicy: undefined }],
  [
    [
      "spec.mutations[0].applyConfiguration: Required value: must be specified when patchType is ApplyConfiguration",
      'spec.mutations[0].jsonPatch: Invalid value: "{jsonPatch}": must not be specified when patchType is ApplyConfiguration',
    ],
    { mutations: [{ patchType: "ApplyConfiguration", jsonPatch: { expression: "[]" } }] },
  ],
])("a mutating policy: %j", (expected, changes) => {
  expect(complaints<MutatingAdmissionPolicy>(mutatingAdmissionPolicies, changes)).toEqual(expected);
});

it("binds by policy name", () => {
  expect(complaints(mutatingAdmissionPolicyBindings, { policyName: "A b" })).toHaveLength(1);
});

it("shows parameters", () => {
  expect(paramRefCell(undefined)).toBe("<unset>");
  expect(paramRefCell({ name: "p" })).toBe("*/p");
  expect(paramRefCell({ name: "p", namespace: "n" })).toBe("n/p");
  expect(paramRefCell({ selector: { matchLabels: { b: "2", a: "1" } } })).toBe(
    "&LabelSelector{MatchLabels:map[string]string{a: 1,b: 2,},MatchExpressions:[]LabelSelectorRequirement{},}",
  );
});
