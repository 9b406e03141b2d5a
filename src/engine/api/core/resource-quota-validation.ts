/** What a ResourceQuota may say. Upstream: ValidateResourceQuota of pkg/apis/core/validation/validation.go. */
import type { ResourceQuota, ResourceQuotaSpec, ScopedResourceSelectorRequirement } from "../generated/types.ts";
import { invalidValue, required, type FieldError } from "../meta/field-error.ts";
import { IMMUTABLE } from "../meta/validate-meta.ts";
import { validateResourceName, validateResourceQuantity } from "./pod/validate-resources.ts";

const HUGE_PAGES = ["hugepages-", "requests.hugepages-"];
const COMPUTE = ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];
const STANDARD = new Set([
  ...COMPUTE,
  ...["ephemeral-storage", "requests.ephemeral-storage", "limits.ephemeral-storage", "requests.storage"],
  ...["pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps"],
  ...["persistentvolumeclaims", "services.nodeports", "services.loadbalancers"],
]);
const OF_PODS = new Set([...COMPUTE, "pods"]);
const VOLUME_ATTRIBUTES = new Set(["persistentvolumeclaims", "requests.storage"]);
/** Scope → the standard resources that it can narrow. */
const SCOPES: Readonly<Record<string, ReadonlySet<string>>> = {
  Terminating: OF_PODS,
  NotTerminating: OF_PODS,
  BestEffort: new Set(["pods"]),
  NotBestEffort: OF_PODS,
  PriorityClass: OF_PODS,
  CrossNamespacePodAffinity: OF_PODS,
  VolumeAttributesClass: VOLUME_ATTRIBUTES,
};
const CONFLICTS = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"],
] as const;
/** Scopes that a pod is in or not: no values to select by. */
const PLAIN_SCOPES = ["BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity"];
const EXISTS_ONLY =
  "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

function isStandard(name: string): boolean {
  return STANDARD.has(name) || HUGE_PAGES.some((prefix) => name.startsWith(prefix));
}

export function validateResourceQuota({ spec }: ResourceQuota): FieldError[] {
  const errors: FieldError[] = [];
  validateAmounts(spec.hard, "spec.hard", errors);
  if ((spec.scopes ?? []).length > 0) validateScopes(spec, errors);
  if (spec.scopeSelector !== undefined) validateSelector(spec, errors);
  return errors;
}

export function validateResourceQuotaUpdate(quota: ResourceQuota, old: ResourceQuota): FieldError[] {
  const errors = validateResourceQuota(quota);
  const scopes = new Set(quota.spec.scopes);
  const before = new Set(old.spec.scopes);
  if (scopes.size !== before.size || [...scopes].some((scope) => !before.has(scope))) {
    errors.push(invalidValue("spec.scopes", quota.spec.scopes, IMMUTABLE));
  }
  return errors;
}

export function validateResourceQuotaStatus({ status }: ResourceQuota): FieldError[] {
  const errors: FieldError[] = [];
  validateAmounts(status.hard, "status.hard", errors);
  validateAmounts(status.used, "status.used", errors);
  return errors;
}

function validateAmounts(amounts: Readonly<Record<string, string>> = {}, field: string, errors: FieldError[]): void {
  for (const [name, amount] of Object.entries(amounts)) {
    const path = `${field}[${name}]`;
    validateResourceName(name, path, errors);
    if (!name.includes("/") && !isStandard(name)) {
      errors.push(invalidValue(path, name, "must be a standard resource for quota"));
    }
    validateResourceQuantity(name, amount, path, errors);
  }
}

function unsuitable({ hard = {} }: ResourceQuotaSpec, scope: string): number {
  const suitable = SCOPES[scope];
  return Object.keys(hard).filter((name) => isStandard(name) && !(suitable?.has(name) ?? false)).length;
}

function validateScopes(spec: ResourceQuotaSpec, errors: FieldError[]): void {
  const { scopes = [] } = spec;
  const complain = (why: string): void => void errors.push(invalidValue("spec.scopes", scopes, why));
  for (const scope of scopes) {
    if (!Object.hasOwn(SCOPES, scope)) complain("unsupported scope");
    for (let count = unsuitable(spec, scope); count > 0; count--) complain("unsupported scope applied to resource");
  }
  for (const pair of CONFLICTS) if (pair.every((scope) => scopes.includes(scope))) complain("conflicting scopes");
}

function validateSelector(spec: ResourceQuotaSpec, errors: FieldError[]): void {
  const field = "spec.scopeSelector.matchExpressions";
  const { matchExpressions = [] } = spec.scopeSelector ?? {};
  for (const requirement of matchExpressions) {
    const { scopeName } = requirement;
    if (!Object.hasOwn(SCOPES, scopeName))
      errors.push(invalidValue(`${field}.scopeName`, scopeName, "unsupported scope"));
    for (let count = unsuitable(spec, scopeName); count > 0; count--) {
      errors.push(invalidValue(field, spec.scopeSelector, "unsupported scope applied to resource"));
    }
    validateOperator(requirement, field, errors);
  }
  for (const pair of CONFLICTS) {
    if (pair.every((scope) => matchExpressions.some(({ scopeName }) => scopeName === scope))) {
      errors.push(invalidValue(field, spec.scopes, "conflicting scopes"));
    }
  }
}

function validateOperator(
  { scopeName, operator, values = [] }: ScopedResourceSelectorRequirement,
  field: string,
  errors: FieldError[],
): void {
  if (PLAIN_SCOPES.includes(scopeName) && operator !== "Exists") {
    errors.push(invalidValue(`${field}.operator`, operator, EXISTS_ONLY));
  }
  switch (operator) {
    case "In":
    case "NotIn":
      if (values.length > 0) return;
      errors.push(
        required(`${field}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"),
      );
      return;
    case "Exists":
    case "DoesNotExist": {
      if (values.length === 0) return;
      const why = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      errors.push(invalidValue(`${field}.values`, values, why));
      return;
    }
    default:
      errors.push(invalidValue(`${field}.operator`, operator, "not a valid selector operator"));
  }
}
