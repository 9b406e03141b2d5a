/**
 * Which rules go beyond what somebody holds. Upstream: k8s.io/component-helpers/auth/rbac/validation/policy_comparator.go:
 * every rule is broken down into ones of a single verb, group, resource and name, and each must be within one that is held.
 */
import type { PolicyRule } from "../../api/generated/types.ts";

const ALL = "*";

/** What is wanted and not held, put together again by group and resource as far as possible. */
export function uncovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  const missing = wanted.flatMap(breakDown).filter((rule) => !held.some((own) => covers(own, rule)));
  return compact(missing);
}

function breakDown(rule: PolicyRule): PolicyRule[] {
  const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs } = rule;
  const single: PolicyRule[] = [];
  for (const group of apiGroups) {
    for (const resource of resources) {
      for (const verb of verbs) {
        const base = { apiGroups: [group], resources: [resource], verbs: [verb] };
        if (resourceNames.length === 0) single.push(base);
        for (const name of resourceNames) single.push({ ...base, resourceNames: [name] });
      }
    }
  }
  for (const url of nonResourceURLs) for (const verb of verbs) single.push({ nonResourceURLs: [url], verbs: [verb] });
  return single;
}

function within(own: readonly string[] | undefined, wanted: readonly string[] | undefined): boolean {
  return (wanted ?? []).every((value) => own?.includes(value) === true || own?.includes(ALL) === true);
}

function covers(own: PolicyRule, wanted: PolicyRule): boolean {
  if (!within(own.verbs, wanted.verbs)) return false;
  if (wanted.nonResourceURLs !== undefined) {
    return wanted.nonResourceURLs.every((url) =>
      (own.nonResourceURLs ?? []).some(
        (pattern) => pattern === url || (pattern.endsWith(ALL) && url.startsWith(pattern.slice(0, -1))),
      ),
    );
  }
  const names = own.resourceNames ?? [];
  const namesCovered =
    names.length === 0 || ((wanted.resourceNames ?? []).length > 0 && within(names, wanted.resourceNames));
  return within(own.apiGroups, wanted.apiGroups) && resourcesCovered(own.resources, wanted.resources) && namesCovered;
}

function resourcesCovered(own: readonly string[] = [], wanted: readonly string[] = []): boolean {
  return wanted.every((resource) => {
    const slash = resource.indexOf("/");
    return own.includes(ALL) || own.includes(resource) || (slash > 0 && own.includes(`${ALL}${resource.slice(slash)}`));
  });
}

/** Rules that differ in their verb alone become one. Upstream: CompactRules, for messages that can be read. */
function compact(rules: readonly PolicyRule[]): PolicyRule[] {
  const byRest = new Map<string, PolicyRule>();
  for (const { verbs, ...rest } of rules) {
    const key = JSON.stringify(rest);
    const known = byRest.get(key);
    if (known === undefined) byRest.set(key, { ...rest, verbs: [...verbs] });
    else known.verbs = [...new Set([...known.verbs, ...verbs])];
  }
  return [...byRest.values()];
}
