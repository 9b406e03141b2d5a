/**
 * Policy rules as short lines: `<verbs> <groups> <resource>… [= <names>…]` or `<verbs> url <path>…`. `core` is the group
 * without a name; lists are joined by commas. As upstream's rule builder, every list comes out sorted (pkg/apis/rbac/v1/helpers.go).
 *
 *     read core pods nodes   →  { apiGroups: [""], resources: ["nodes", "pods"], verbs: ["get", "list", "watch"] }
 */
import type { PolicyRule } from "../../../api/generated/types.ts";

const VERBS: Readonly<Record<string, string>> = {
  read: "get,list,watch",
  write: "create,delete,deletecollection,patch,update",
  "read-write": "create,delete,deletecollection,get,list,patch,update,watch",
  "read-update": "get,list,patch,update,watch",
};

/** What nearly every component may do with events. */
export const EVENTS = "create,patch,update core,events.k8s.io events";

export function rule(line: string): PolicyRule {
  const [spec = "", names = ""] = line.split(" = ");
  const [verbs = "", groups = "", ...objects] = spec.split(" ");
  const rest = { verbs: (VERBS[verbs] ?? verbs).split(",").sort() };
  objects.sort();
  if (groups === "url") return { nonResourceURLs: objects, ...rest };
  const apiGroups = groups
    .split(",")
    .map((group) => (group === "core" ? "" : group))
    .sort();
  const resourceNames = names.split(" ").sort();
  return names === ""
    ? { apiGroups, resources: objects, ...rest }
    : { apiGroups, resourceNames, resources: objects, ...rest };
}

export function rules(lines: readonly string[]): PolicyRule[] {
  return lines.map(rule);
}
