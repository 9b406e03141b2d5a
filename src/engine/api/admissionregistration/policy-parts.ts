/**
 * What the two kinds of policies and of their bindings share. Upstream: validateValidatingAdmissionPolicySpec and
 * validateMutatingAdmissionPolicySpec of pkg/apis/admissionregistration/validation/validation.go.
 */
import type { MatchCondition, MatchResources, ParamKind, ParamRef, Variable } from "../generated/types.ts";
import { invalidValue, required, type FieldError } from "../meta/field-error.ts";
import { isDNS1123Subdomain } from "../meta/names.ts";
import { validateFailurePolicy, validateMatchConditions, validateMatchResources } from "./match-resources.ts";
import { validateParamKind, validateParamRef } from "./params.ts";

const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const RESERVED = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

export interface PolicyParts {
  failurePolicy?: string | undefined;
  matchConditions?: MatchCondition[] | undefined;
  matchConstraints?: MatchResources | undefined;
  paramKind?: ParamKind | undefined;
  variables?: Variable[] | undefined;
}

export function validatePolicyParts(spec: PolicyParts, errors: FieldError[]): void {
  validateFailurePolicy(spec.failurePolicy, "spec.failurePolicy", errors);
  if (spec.paramKind !== undefined) validateParamKind(spec.paramKind, "spec.paramKind", errors);
  if (spec.matchConstraints === undefined) errors.push(required("spec.matchConstraints"));
  else {
    validateMatchResources(spec.matchConstraints, "spec.matchConstraints", errors);
    const { resourceRules = [] } = spec.matchConstraints;
    if (resourceRules.length === 0) errors.push(required("spec.matchConstraints.resourceRules"));
  }
  validateMatchConditions(spec.matchConditions, "spec.matchConditions", errors);
  for (const [index, { name = "", expression = "" }] of (spec.variables ?? []).entries()) {
    const path = `spec.variables[${index}]`;
    if (name.trim() === "") errors.push(required(`${path}.name`, "name is not specified"));
    else if (!IDENTIFIER.test(name) || RESERVED.has(name)) {
      errors.push(invalidValue(`${path}.name`, name, "name is not a valid CEL identifier"));
    }
    if (expression.trim() === "") errors.push(required(`${path}.expression`, "expression is not specified"));
  }
}

export interface BindingParts {
  matchResources?: MatchResources | undefined;
  paramRef?: ParamRef | undefined;
  policyName?: string | undefined;
}

export function validateBindingParts(spec: BindingParts, errors: FieldError[]): void {
  const { policyName = "" } = spec;
  if (policyName === "") errors.push(required("spec.policyName"));
  else
    for (const text of isDNS1123Subdomain(policyName)) errors.push(invalidValue("spec.policyName", policyName, text));
  validateParamRef(spec.paramRef, "spec.paramRef", errors);
  // The path is upstream's, its missing letter included.
  if (spec.matchResources !== undefined) validateMatchResources(spec.matchResources, "spec.matchResouces", errors);
}
