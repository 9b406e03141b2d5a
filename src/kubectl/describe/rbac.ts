/**
 * `kubectl describe role | clusterrole | rolebinding | clusterrolebinding`. Upstream: kubectl pkg/describe/describe.go,
 * kubectl pkg/util/rbac (rules broken down to one resource each, then joined again where only their verbs differ).
 */
import type { ClusterRole, PolicyRule, Role, RoleBinding } from "../../engine/api/generated/types.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import type { Invocation } from "../invocation.ts";
import { describeLabels, goList } from "./head.ts";
import type { DescribeWriter } from "./writer.ts";

/** One resource of one group with at most one name, or one URL. */
interface SimpleRule {
  group: string;
  resource: string;
  url: string;
  name: string | undefined;
  verbs: string[];
}

function breakDown(rule: PolicyRule): SimpleRule[] {
  const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs } = rule;
  const simple: SimpleRule[] = [];
  for (const group of apiGroups) {
    for (const resource of resources) {
      const names = resourceNames.length === 0 ? [undefined] : resourceNames;
      for (const name of names) simple.push({ group, resource, url: "", name, verbs: [...verbs] });
    }
  }
  for (const url of nonResourceURLs) {
    for (const verb of verbs) simple.push({ group: "", resource: "", url, name: undefined, verbs: [verb] });
  }
  return simple;
}

/** Rules about the same resource become one, with each verb once. */
export function compactRules(rules: readonly PolicyRule[]): SimpleRule[] {
  const known = new Map<string, SimpleRule>();
  const compact: SimpleRule[] = [];
  for (const rule of rules.flatMap(breakDown)) {
    const key = JSON.stringify([rule.group, rule.resource, rule.name]);
    const other = rule.url === "" ? known.get(key) : undefined;
    if (other !== undefined) {
      for (const verb of rule.verbs) if (!other.verbs.includes(verb)) other.verbs.push(verb);
      continue;
    }
    if (rule.url === "") known.set(key, rule);
    compact.push(rule);
  }
  return compact.sort(byText);
}

/** Upstream sorts by the text that Go prints of a rule. */
function byText(a: SimpleRule, b: SimpleRule): number {
  const [x, y] = [textOf(a), textOf(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function textOf({ verbs, group, resource, url, name }: SimpleRule): string {
  const names = name === undefined ? "[]" : `[${name}]`;
  return url === ""
    ? `Verbs:${goList(verbs)},APIGroups:[${group}],Resources:[${resource}],ResourceNames:${names},`
    : `Verbs:${goList(verbs)},APIGroups:[],Resources:[],ResourceNames:[],NonResourceURLs:[${url}],`;
}

/** `deployments.apps/scale` */
function qualified({ group, resource }: SimpleRule): string {
  const [name = "", ...rest] = resource.split("/");
  const sub = rest.length === 0 ? "" : `/${rest.join("/")}`;
  return `${name}${group === "" ? "" : `.${group}`}${sub}`;
}

export function* describeRole(_call: Invocation, out: DescribeWriter, role: Role | ClusterRole): Call<void> {
  out.line(0, `Name:\t${role.metadata.name}`);
  describeLabels(out, role.metadata);
  out.line(0, "PolicyRule:");
  out.line(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs");
  out.line(1, "---------\t-----------------\t--------------\t-----");
  for (const rule of compactRules(role.rules ?? [])) {
    const { url, name, verbs } = rule;
    const cells = [goList(url === "" ? [] : [url]), goList(name === undefined ? [] : [name]), goList(verbs)];
    out.line(1, `${qualified(rule)}\t${cells.join("\t")}`);
  }
}

export function* describeBinding(_call: Invocation, out: DescribeWriter, binding: RoleBinding): Call<void> {
  out.line(0, `Name:\t${binding.metadata.name}`);
  describeLabels(out, binding.metadata);
  out.line(0, "Role:");
  out.line(1, `Kind:\t${binding.roleRef.kind}`);
  out.line(1, `Name:\t${binding.roleRef.name}`);
  out.line(0, "Subjects:");
  out.line(1, "Kind\tName\tNamespace");
  out.line(1, "----\t----\t---------");
  for (const { kind, name, namespace } of binding.subjects ?? []) out.line(1, `${kind}\t${name}\t${namespace ?? ""}`);
}
