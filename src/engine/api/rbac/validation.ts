/** Rules and bindings. Upstream: pkg/apis/rbac/validation/validation.go. */
import type { AggregationRule, PolicyRule, RbacSubject, RoleRef } from "../generated/types.ts";
import { invalidValue, notSupportedInOrder, required, type FieldError } from "../meta/field-error.ts";
import { isDNS1123Subdomain, isPathSegment } from "../meta/names.ts";
import { labelSelectorAsSelector, SelectorError } from "../meta/selectors.ts";
import { validateLabelSelector } from "../meta/validate-meta.ts";

export const RBAC_GROUP = "rbac.authorization.k8s.io";

export function validateRules(
  rules: readonly PolicyRule[] | undefined,
  { namespaced }: { namespaced: boolean },
): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, rule] of (rules ?? []).entries())
    validateRule(rule, { path: `rules[${index}]`, namespaced }, errors);
  return errors;
}

function validateRule(rule: PolicyRule, at: { path: string; namespaced: boolean }, errors: FieldError[]): void {
  const { path, namespaced } = at;
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  if (verbs.length === 0) errors.push(required(`${path}.verbs`, "verbs must contain at least one value"));
  if (nonResourceURLs.length > 0) {
    const complain = (detail: string): void =>
      void errors.push(invalidValue(`${path}.nonResourceURLs`, nonResourceURLs, detail));
    if (namespaced) complain("namespaced rules cannot apply to non-resource URLs");
    if (apiGroups.length > 0 || resources.length > 0 || resourceNames.length > 0) {
      complain("rules cannot apply to both regular resources and non-resource URLs");
    }
    return;
  }
  if (apiGroups.length === 0) {
    errors.push(required(`${path}.apiGroups`, "resource rules must supply at least one api group"));
  }
  if (resources.length === 0) {
    errors.push(required(`${path}.resources`, "resource rules must supply at least one resource"));
  }
  if (resourceNames.length > 0 && resources.length > 1) {
    errors.push(required(`${path}.resourceNames`, "resource names cannot apply to multiple resources"));
  }
}

export function validateAggregation(rule: AggregationRule | undefined): FieldError[] {
  if (rule === undefined) return [];
  const errors: FieldError[] = [];
  const field = "aggregationRule.clusterRoleSelectors";
  const selectors = rule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) {
    errors.push(required(field, "at least one clusterRoleSelector required if aggregationRule is non-nil"));
  }
  for (const [index, selector] of selectors.entries()) {
    validateLabelSelector(selector, `${field}[${index}]`, errors);
    try {
      labelSelectorAsSelector(selector);
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      errors.push(invalidValue(`${field}[${index}]`, selector, "invalid label selector."));
    }
  }
  return errors;
}

const NO_ROLE: RoleRef = { apiGroup: "", kind: "", name: "" };

interface Binding {
  roleRef: RoleRef;
  subjects?: RbacSubject[] | undefined;
}

export function validateBinding(
  { roleRef = NO_ROLE, subjects = [] }: Partial<Binding>,
  { namespaced }: { namespaced: boolean },
): FieldError[] {
  const errors: FieldError[] = [];
  const { apiGroup = "", kind = "", name = "" } = roleRef;
  if (apiGroup !== RBAC_GROUP) errors.push(notSupportedInOrder("roleRef.apiGroup", apiGroup, [RBAC_GROUP]));
  const kinds = namespaced ? ["Role", "ClusterRole"] : ["ClusterRole"];
  if (!kinds.includes(kind)) errors.push(notSupportedInOrder("roleRef.kind", kind, kinds));
  if (name === "") errors.push(required("roleRef.name"));
  else for (const text of isPathSegment(name)) errors.push(invalidValue("roleRef.name", name, text));
  for (const [index, subject] of subjects.entries()) {
    validateSubject(subject, { path: `subjects[${index}]`, namespaced }, errors);
  }
  return errors;
}

function validateSubject(subject: RbacSubject, at: { path: string; namespaced: boolean }, errors: FieldError[]): void {
  const { path, namespaced } = at;
  const { kind = "", name = "", apiGroup = "", namespace = "" } = subject;
  if (name === "") errors.push(required(`${path}.name`));
  switch (kind) {
    case "ServiceAccount":
      if (name !== "")
        for (const text of isDNS1123Subdomain(name)) errors.push(invalidValue(`${path}.name`, name, text));
      if (apiGroup !== "") errors.push(notSupportedInOrder(`${path}.apiGroup`, apiGroup, [""]));
      if (!namespaced && namespace === "") errors.push(required(`${path}.namespace`));
      break;
    case "User":
    case "Group":
      if (name === "") errors.push(invalidValue(`${path}.name`, name, `${kind.toLowerCase()} name cannot be empty`));
      if (apiGroup !== RBAC_GROUP) errors.push(notSupportedInOrder(`${path}.apiGroup`, apiGroup, [RBAC_GROUP]));
      break;
    default:
      errors.push(notSupportedInOrder(`${path}.kind`, kind, ["ServiceAccount", "User", "Group"]));
  }
}

export function validateBindingUpdate(
  binding: Partial<Binding>,
  old: Partial<Binding>,
  scope: { namespaced: boolean },
): FieldError[] {
  const errors = validateBinding(binding, scope);
  const { apiGroup, kind, name } = binding.roleRef ?? NO_ROLE;
  const before = old.roleRef ?? NO_ROLE;
  if (apiGroup !== before.apiGroup || kind !== before.kind || name !== before.name) {
    // Upstream shows its internal type, whose fields have Go's names.
    const shown = { APIGroup: apiGroup, Kind: kind, Name: name };
    errors.push(invalidValue("roleRef", shown, "cannot change roleRef"));
  }
  return errors;
}
