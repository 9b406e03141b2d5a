/**
 * What a policy or a binding applies to. Upstream: SetDefaults_MatchResources of pkg/apis/admissionregistration/v1/defaults.go,
 * validateMatchResources and validateMatchConditions of pkg/apis/admissionregistration/validation/validation.go.
 */
import type { MatchCondition, MatchResources } from "../generated/types.ts";
import { duplicate, invalidValue, notSupported, required, tooMany, type FieldError } from "../meta/field-error.ts";
import { isQualifiedName } from "../meta/names.ts";
import { fill, mapField, mapShared } from "../meta/share.ts";
import { validateLabelSelector } from "../meta/validate-meta.ts";
import { defaultRule, validateNamedRule } from "./rules.ts";

export const FAILURE_POLICIES = ["Fail", "Ignore"];
const MATCH_POLICIES = ["Equivalent", "Exact"];
const MAX_CONDITIONS = 64;

export function defaultMatchResources(given: MatchResources): MatchResources {
  const filled = fill(given, { matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} });
  const ruled = mapField(filled, "resourceRules", (rules) => mapShared(rules, defaultRule));
  return mapField(ruled, "excludeResourceRules", (rules) => mapShared(rules, defaultRule));
}

export function validateMatchResources(given: MatchResources, field: string, errors: FieldError[]): void {
  const { matchPolicy, namespaceSelector, objectSelector, resourceRules = [], excludeResourceRules = [] } = given;
  validateMatchPolicy(matchPolicy, `${field}.matchPolicy`, errors);
  if (namespaceSelector === undefined) errors.push(required(`${field}.namespaceSelector`));
  else validateLabelSelector(namespaceSelector, `${field}.namespaceSelector`, errors);
  if (objectSelector === undefined) errors.push(required(`${field}.objectSelector`));
  else validateLabelSelector(objectSelector, `${field}.objectSelector`, errors);
  for (const [index, rule] of resourceRules.entries())
    validateNamedRule(rule, `${field}.resourceRules[${index}]`, errors);
  for (const [index, rule] of excludeResourceRules.entries()) {
    validateNamedRule(rule, `${field}.excludeResourceRules[${index}]`, errors);
  }
}

export function validateMatchPolicy(policy: string | undefined, field: string, errors: FieldError[]): void {
  if (policy === undefined) errors.push(required(field));
  else if (!MATCH_POLICIES.includes(policy)) errors.push(notSupported(field, policy, MATCH_POLICIES));
}

export function validateFailurePolicy(policy: string | undefined, field: string, errors: FieldError[]): void {
  if (policy === undefined) errors.push(required(field));
  else if (!FAILURE_POLICIES.includes(policy)) errors.push(notSupported(field, policy, FAILURE_POLICIES));
}

/** Names and presence; whether an expression compiles is checked where expressions are evaluated. */
export function validateMatchConditions(
  conditions: readonly MatchCondition[] = [],
  field: string,
  errors: FieldError[],
): void {
  if (conditions.length > MAX_CONDITIONS) errors.push(tooMany(field, conditions.length, MAX_CONDITIONS));
  const seen = new Set<string>();
  for (const [index, { name = "", expression = "" }] of conditions.entries()) {
    const path = `${field}[${index}]`;
    if (expression.trim() === "") errors.push(required(`${path}.expression`));
    if (name === "") {
      errors.push(required(`${path}.name`));
      continue;
    }
    for (const text of isQualifiedName(name)) errors.push(invalidValue(`${path}.name`, name, text));
    if (seen.has(name)) errors.push(duplicate(`${path}.name`, name));
    seen.add(name);
  }
}
