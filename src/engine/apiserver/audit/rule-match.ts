/** Which rule of a policy a request falls under. Upstream: apiserver pkg/audit/policy/checker.go. */
import type { UserInfo } from "../../api/meta/user-info.ts";
import { isPath } from "../auth/attributes.ts";
import type { Attributes, ResourceAttributes } from "../auth/attributes.ts";
import type { AuditPolicy, AuditRule } from "./policy.ts";

/** The first rule that fits; `user` is undefined for who couldn't say who he is. */
export function ruleFor(
  { rules }: AuditPolicy,
  user: UserInfo | undefined,
  attributes: Attributes,
): AuditRule | undefined {
  return rules.find((rule) => fits(rule, user, attributes));
}

function fits(rule: AuditRule, user: UserInfo | undefined, attributes: Attributes): boolean {
  const { users, userGroups, verbs, namespaces, resources, nonResourceURLs } = rule;
  if (users.length > 0 && (user === undefined || !users.includes(user.name))) return false;
  if (userGroups.length > 0 && user?.groups.some((group) => userGroups.includes(group)) !== true) return false;
  if (verbs.length > 0 && !verbs.includes(attributes.verb)) return false;
  if (namespaces.length > 0 || resources.length > 0) return !isPath(attributes) && fitsResource(rule, attributes);
  if (nonResourceURLs.length === 0) return true;
  return isPath(attributes) && nonResourceURLs.some((pattern) => fitsPath(attributes.path, pattern));
}

function fitsPath(path: string, pattern: string): boolean {
  return pattern === "*" || pattern === path || (pattern.endsWith("*") && path.startsWith(pattern.replace(/\*+$/, "")));
}

function fitsResource({ namespaces, resources }: AuditRule, asked: ResourceAttributes): boolean {
  if (namespaces.length > 0 && !namespaces.includes(asked.namespace)) return false;
  if (resources.length === 0) return true;
  const { resource, subresource, name } = asked;
  const whole = subresource === "" ? resource : `${resource}/${subresource}`;
  return resources.some(
    (each) =>
      each.group === asked.group &&
      (each.resources.length === 0 ||
        ((each.resourceNames.length === 0 || each.resourceNames.includes(name)) &&
          each.resources.some(
            (text) =>
              text === whole ||
              text === "*" ||
              (subresource !== "" && text === `*/${subresource}`) ||
              text === `${resource}/*`,
          ))),
  );
}
