/**
 * Which requests a webhook or a policy is about. Upstream: SetDefaults_Rule of pkg/apis/admissionregistration/v1/defaults.go,
 * validateRuleWithOperations of pkg/apis/admissionregistration/validation/validation.go.
 */
import type { NamedRuleWithOperations, RuleWithOperations } from "../generated/types.ts";
import { duplicate, invalidValue, notSupported, required, type FieldError } from "../meta/field-error.ts";
import { isPathSegment } from "../meta/names.ts";
import { fill } from "../meta/share.ts";

const OPERATIONS = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const SCOPES = ["*", "Cluster", "Namespaced"];

export function defaultRule<T extends RuleWithOperations>(rule: T): T {
  return fill<RuleWithOperations>(rule, { scope: "*" }) as T;
}

export function validateRule(rule: RuleWithOperations, field: string, errors: FieldError[]): void {
  validateOperations(rule.operations ?? [], `${field}.operations`, errors);
  const { apiGroups = [], apiVersions = [], scope } = rule;
  if (apiGroups.length === 0) errors.push(required(`${field}.apiGroups`));
  alone(apiGroups, `${field}.apiGroups`, { what: "API groups", errors });
  if (apiVersions.length === 0) errors.push(required(`${field}.apiVersions`));
  alone(apiVersions, `${field}.apiVersions`, { what: "API versions", errors });
  for (const [index, version] of apiVersions.entries()) {
    if (version === "") errors.push(required(`${field}.apiVersions[${index}]`));
  }
  validateResources(rule.resources ?? [], `${field}.resources`, errors);
  if (scope !== undefined && !SCOPES.includes(scope)) errors.push(notSupported(`${field}.scope`, scope, SCOPES));
}

export function validateNamedRule(rule: NamedRuleWithOperations, field: string, errors: FieldError[]): void {
  const seen = new Set<string>();
  for (const [index, name] of (rule.resourceNames ?? []).entries()) {
    const path = `${field}.resourceNames[${index}]`;
    for (const text of isPathSegment(name)) errors.push(invalidValue(path, name, text));
    if (seen.has(name)) errors.push(duplicate(path, name));
    seen.add(name);
  }
  validateRule(rule, field, errors);
}

function alone(
  values: readonly string[],
  field: string,
  { what, errors }: { what: string; errors: FieldError[] },
): void {
  if (values.length > 1 && values.includes("*")) {
    errors.push(invalidValue(field, values, `if '*' is present, must not specify other ${what}`));
  }
}

function validateOperations(operations: readonly string[], field: string, errors: FieldError[]): void {
  if (operations.length === 0) errors.push(required(field));
  alone(operations, field, { what: "operations", errors });
  for (const [index, operation] of operations.entries()) {
    if (!OPERATIONS.includes(operation)) errors.push(notSupported(`${field}[${index}]`, operation, OPERATIONS));
  }
}

/** A wildcard stands alone: beside it nothing that it covers may be named. */
function validateResources(resources: readonly string[], field: string, errors: FieldError[]): void {
  if (resources.length === 0) errors.push(required(field));
  const everySubresource = new Set<string>();
  const everyResource = new Set<string>();
  let plain = false;
  for (const [index, named] of resources.entries()) {
    const path = `${field}[${index}]`;
    if (named === "") {
      errors.push(required(path));
      continue;
    }
    const slash = named.indexOf("/");
    if (slash < 0) {
      plain = named !== "*";
      continue;
    }
    const resource = named.slice(0, slash);
    const subresource = named.slice(slash + 1);
    if (everySubresource.has(resource)) {
      errors.push(invalidValue(path, named, `if '${resource}/*' is present, must not specify ${named}`));
    }
    if (everyResource.has(subresource)) {
      errors.push(invalidValue(path, named, `if '*/${subresource}' is present, must not specify ${named}`));
    }
    if (subresource === "*") everySubresource.add(resource);
    if (resource === "*") everyResource.add(subresource);
  }
  if (resources.length > 1 && resources.includes("*/*")) {
    errors.push(invalidValue(field, resources, "if '*/*' is present, must not specify other resources"));
  }
  if (resources.includes("*") && plain) {
    const why = "if '*' is present, must not specify other resources without subresources";
    errors.push(invalidValue(field, resources, why));
  }
}
