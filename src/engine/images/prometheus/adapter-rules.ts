/**
 * The rules by which series become metrics of objects. Upstream: kubernetes-sigs/prometheus-adapter pkg/config, pkg/naming.
 * Simplified: templates know Series, LabelMatchers and GroupBy.
 */
import { isObject } from "../../base/json.ts";
import { goRegExp } from "../../base/go-regexp.ts";
import { readYaml } from "../../base/yaml-text.ts";
import { expanded } from "./scrape-config.ts";

export interface GroupResource {
  readonly group: string;
  /** Singular or plural, as it stands. */
  readonly resource: string;
}

export interface Rule {
  readonly seriesQuery: string;
  readonly filters: readonly { readonly is?: string; readonly isNot?: string }[];
  /** By label. */
  readonly overrides: ReadonlyMap<string, GroupResource>;
  /** `kube_<<.Resource>>`: which labels name objects, and what fits it. */
  readonly template: { readonly text: string; readonly pattern: RegExp } | undefined;
  readonly namespaced: boolean;
  readonly matches: string;
  readonly as: string;
  readonly metricsQuery: string;
}

export interface AdapterConfig {
  readonly rules: readonly Rule[];
  readonly externalRules: readonly Rule[];
  readonly unread: readonly string[];
}

export class RuleError extends Error {}

type Raw = Record<string, unknown>;

const KNOWN_FIELDS = new Set(["Series", "LabelMatchers", "GroupBy"]);

/** Throws a `RuleError`. */
export function readRules(text: string): AdapterConfig {
  const document = readYaml(text);
  if ("problem" in document) throw new RuleError(`unable to parse metrics discovery config: ${document.problem}`);
  const raw = (document.value ?? {}) as Raw;
  const list = (key: string): Rule[] => {
    const rules = raw[key] ?? [];
    if (Array.isArray(rules) && rules.every(isObject)) return rules.map(readRule);
    throw new RuleError(
      `unable to parse metrics discovery config: cannot unmarshal ${key}: a list of objects is expected`,
    );
  };
  const unread = Object.keys(raw).filter((key) => key !== "rules" && key !== "externalRules");
  return { rules: list("rules"), externalRules: list("externalRules"), unread };
}

function readRule(raw: Raw): Rule {
  const resources = (raw["resources"] ?? {}) as Raw;
  const name = (raw["name"] ?? {}) as Raw;
  const matches = String(name["matches"] ?? ".*");
  const pattern = goRegExp(matches);
  if (pattern === undefined) throw new RuleError(`unable to compile series name expression ${JSON.stringify(matches)}`);
  const groups = (new RegExp(`${pattern.source}|`).exec("")?.length ?? 1) - 1;
  const filters = (raw["seriesFilters"] ?? []) as Rule["filters"];
  for (const filter of filters.flatMap(({ is = "", isNot = "" }) => [is, isNot])) {
    if (goRegExp(filter) === undefined)
      throw new RuleError(`unable to compile series name filter ${JSON.stringify(filter)}`);
  }
  const as = String(name["as"] ?? "");
  if (as === "" && groups > 1) {
    throw new RuleError(
      `must specify an 'as' value for name matcher ${JSON.stringify(matches)} associated with series query ${JSON.stringify(raw["seriesQuery"])}`,
    );
  }
  const metricsQuery = String(raw["metricsQuery"] ?? "");
  for (const [whole, field = ""] of metricsQuery.matchAll(/<<\s*\.?(.*?)\s*>>/g)) {
    if (!KNOWN_FIELDS.has(field)) throw new RuleError(`this playground knows no template ${whole} in ${metricsQuery}`);
  }
  const overrides = Object.entries((resources["overrides"] ?? {}) as Record<string, Raw>).map(
    ([label, { group = "", resource = "" }]): [string, GroupResource] => [
      label,
      { group: String(group), resource: String(resource) },
    ],
  );
  return {
    seriesQuery: String(raw["seriesQuery"] ?? ""),
    filters,
    overrides: new Map(overrides),
    template: resources["template"] === undefined ? undefined : templateOf(String(resources["template"])),
    namespaced: resources["namespaced"] !== false,
    matches,
    as: as === "" ? (groups === 0 ? "$0" : "$1") : as,
    metricsQuery,
  };
}

/** The metric that a series is shown as; undefined when the rule isn't for it. */
export function metricName({ filters, matches, as }: Rule, series: string): string | undefined {
  for (const { is, isNot } of filters) {
    if (is !== undefined && goRegExp(is)?.test(series) !== true) return undefined;
    if (isNot !== undefined && goRegExp(isNot)?.test(series) === true) return undefined;
  }
  const found = goRegExp(matches)?.exec(series) ?? null;
  return found === null ? undefined : expanded(as, found);
}

function templateOf(text: string): NonNullable<Rule["template"]> {
  const escaped = text.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  const pattern = escaped
    .replace(/<<\\?\.Group>>/, "(?<group>[a-z0-9_]+?)")
    .replace(/<<\\?\.Resource>>/, "(?<resource>[a-z0-9]+)");
  return { text, pattern: new RegExp(`^${pattern}$`) };
}

/** Which object a label names; undefined: none. */
export function resourceOfLabel({ overrides, template }: Rule, label: string): GroupResource | undefined {
  const own = overrides.get(label);
  if (own !== undefined || template === undefined) return own;
  const groups = template.pattern.exec(label)?.groups;
  if (groups === undefined) return undefined;
  return { group: (groups["group"] ?? "").replaceAll("_", "."), resource: groups["resource"] ?? "" };
}

/** The label that names objects of a resource. */
export function labelOfResource(rule: Rule, { group, resource }: GroupResource, singular: string): string {
  for (const [label, own] of rule.overrides) {
    if (own.group === group && (own.resource === resource || own.resource === singular)) return label;
  }
  return (rule.template?.text ?? "<<.Resource>>")
    .replace("<<.Group>>", group.replaceAll(".", "_"))
    .replace("<<.Resource>>", singular);
}

export interface QueryParts {
  readonly series: string;
  readonly matchers: readonly string[];
  readonly groupBy: string;
}

export function queryOf({ metricsQuery }: Rule, { series, matchers, groupBy }: QueryParts): string {
  return metricsQuery
    .replace(/<<\s*\.Series\s*>>/g, () => series)
    .replace(/<<\s*\.LabelMatchers\s*>>/g, () => matchers.join(","))
    .replace(/<<\s*\.GroupBy\s*>>/g, () => groupBy);
}

/** `pod=~"a|b"`, `namespace="default"` */
export function labelMatcher(label: string, values: readonly string[]): string {
  return `${label}${values.length > 1 ? "=~" : "="}${JSON.stringify(values.join("|"))}`;
}

/** `queue=a,tier in (x,y)` as matchers. */
export function selectorMatchers(selector: string): string[] {
  const matchers: string[] = [];
  for (const part of selector.split(/,(?![^(]*\))/)) {
    const set = /^\s*(\S+)\s+(in|notin)\s+\(([^)]*)\)\s*$/.exec(part);
    if (set !== null) {
      const values = (set[3] ?? "").split(",").map((value) => value.trim());
      matchers.push(`${set[1] ?? ""}${set[2] === "in" ? "=~" : "!~"}${JSON.stringify(values.join("|"))}`);
      continue;
    }
    const equal = /^\s*([^=!]+?)\s*(==?|!=)\s*(.*?)\s*$/.exec(part);
    if (equal !== null) matchers.push(`${equal[1] ?? ""}${equal[2] === "!=" ? "!=" : "="}${JSON.stringify(equal[3])}`);
    else if (/^\s*!/.test(part)) matchers.push(`${part.trim().slice(1)}=""`);
    else if (part.trim() !== "") matchers.push(`${part.trim()}!=""`);
  }
  return matchers;
}
