/** Whether a rule speaks of a request. Upstream: pkg/apis/rbac/v1/evaluation_helpers.go. */
import type { PolicyRule } from "../../api/generated/types.ts";
import type { PathAttributes, ResourceAttributes } from "./attributes.ts";

const ALL = "*";

function has(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes(ALL) || list.includes(value));
}

function resourceMatches(listed: readonly string[] | undefined, resource: string, subresource: string): boolean {
  if (listed === undefined) return false;
  const full = subresource === "" ? resource : `${resource}/${subresource}`;
  return (
    listed.includes(ALL) || listed.includes(full) || (subresource !== "" && listed.includes(`${ALL}/${subresource}`))
  );
}

/** Verb, group and resource; the rule's `resourceNames` are still to be looked at. */
export function matchesKind(rule: PolicyRule, attributes: ResourceAttributes): boolean {
  const { verb, group, resource, subresource } = attributes;
  return has(rule.verbs, verb) && has(rule.apiGroups, group) && resourceMatches(rule.resources, resource, subresource);
}

export function matchesResource(rule: PolicyRule, attributes: ResourceAttributes): boolean {
  const { resourceNames = [] } = rule;
  return matchesKind(rule, attributes) && (resourceNames.length === 0 || resourceNames.includes(attributes.name));
}

export function matchesPath(rule: PolicyRule, { verb, path }: PathAttributes): boolean {
  if (!has(rule.verbs, verb)) return false;
  return (rule.nonResourceURLs ?? []).some((url) => {
    if (url === ALL || url === path) return true;
    return url.endsWith(ALL) && path.startsWith(url.replace(/\*+$/, ""));
  });
}
