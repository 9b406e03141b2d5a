/**
 * The file behind `--audit-policy-file`: what is told of which requests. Upstream: apiserver pkg/audit/policy,
 * pkg/apis/audit/validation.
 *
 * **Simplified:** fields that a policy doesn't have are passed over.
 */
import { fieldErrorText, invalidValue, notSupported, required } from "../../api/meta/field-error.ts";
import type { FieldError } from "../../api/meta/field-error.ts";
import { isObject } from "../../base/json.ts";
import { readYaml } from "../../base/yaml-text.ts";
import { aggregate } from "../../base/go-errors.ts";

export const LEVELS = ["None", "Metadata", "Request", "RequestResponse"] as const;
export type Level = (typeof LEVELS)[number];
const STAGES = ["RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"] as const;
export type Stage = (typeof STAGES)[number];

export interface AuditRule {
  readonly level: Level;
  readonly users: readonly string[];
  readonly userGroups: readonly string[];
  readonly verbs: readonly string[];
  readonly resources: readonly { group: string; resources: readonly string[]; resourceNames: readonly string[] }[];
  /** "" stands for what is in no namespace. */
  readonly namespaces: readonly string[];
  readonly nonResourceURLs: readonly string[];
  /** Those of the whole policy too. */
  readonly omitStages: readonly Stage[];
  readonly omitManagedFields: boolean;
}

export interface AuditPolicy {
  /** The first one that fits a request counts. */
  readonly rules: readonly AuditRule[];
}

/** The policy, or why the file is none. */
export function parseAuditPolicy(text: string): AuditPolicy | { problem: string } {
  const read = readYaml(text);
  if ("problem" in read) return { problem: `failed decoding: ${read.problem}` };
  const { value } = read;
  if (!isObject(value)) return { problem: "failed decoding: couldn't get version/kind; json parse error" };
  const { kind, apiVersion } = value;
  if (typeof kind !== "string" || kind === "") {
    return { problem: `failed decoding: Object 'Kind' is missing in '${JSON.stringify(value)}'` };
  }
  if (kind !== "Policy" || apiVersion !== "audit.k8s.io/v1") {
    const what = `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion ?? "")}`;
    return { problem: `failed decoding: ${what} in scheme "pkg/audit/scheme.go:30"` };
  }
  const omitStages = strings(value["omitStages"]);
  const rules = (Array.isArray(value["rules"]) ? value["rules"] : []).filter(isObject);
  const errors = rules.flatMap((rule, index) => ruleErrors(rule, `rules[${index}]`));
  if (errors.length > 0) {
    const texts = errors.map(fieldErrorText);
    return { problem: aggregate(texts) };
  }
  if (rules.length === 0) return { problem: "loaded illegal policy with 0 rules" };
  const omitManagedFields = value["omitManagedFields"] === true;
  return { rules: rules.map((rule) => ruleOf(rule, { omitStages, omitManagedFields })) };
}

type Fields = Readonly<Record<string, unknown>>;

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function ruleOf(rule: Fields, policy: { omitStages: readonly string[]; omitManagedFields: boolean }): AuditRule {
  const own = rule["omitManagedFields"];
  return {
    level: rule["level"] as Level,
    users: strings(rule["users"]),
    userGroups: strings(rule["userGroups"]),
    verbs: strings(rule["verbs"]),
    resources: resourcesOf(rule).map(({ group, resources, resourceNames }) => ({
      group: typeof group === "string" ? group : "",
      resources: strings(resources),
      resourceNames: strings(resourceNames),
    })),
    namespaces: strings(rule["namespaces"]),
    nonResourceURLs: strings(rule["nonResourceURLs"]),
    omitStages: [...policy.omitStages, ...strings(rule["omitStages"])] as Stage[],
    omitManagedFields: typeof own === "boolean" ? own : policy.omitManagedFields,
  };
}

function resourcesOf(rule: Fields): Fields[] {
  return Array.isArray(rule["resources"]) ? rule["resources"].filter(isObject) : [];
}

function ruleErrors(rule: Fields, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const level = rule["level"] ?? "";
  if (level === "") errors.push(required(`${path}.level`));
  else if (!LEVELS.some((each) => each === level)) errors.push(notSupported(`${path}.level`, level, LEVELS));
  const urls = strings(rule["nonResourceURLs"]);
  urls.forEach((url, index) => {
    if (url === "*") return;
    const field = `${path}.nonResourceURLs[${index}]`;
    if (!url.startsWith("/"))
      errors.push(invalidValue(field, url, "non-resource URL rules must begin with a '/' character"));
    if (url.slice(0, -1).includes("*"))
      errors.push(invalidValue(field, url, "non-resource URL wildcards '*' must be the final character of the rule"));
  });
  for (const { resources, resourceNames } of resourcesOf(rule)) {
    if (strings(resourceNames).length > 0 && strings(resources).length === 0) {
      const field = `${path}.resources.resourceNames`;
      errors.push(invalidValue(field, strings(resourceNames), "using resourceNames requires at least one resource"));
    }
  }
  strings(rule["omitStages"]).forEach((stage, index) => {
    if (STAGES.some((each) => each === stage)) return;
    errors.push(invalidValue(`${path}.omitStages[${index}]`, stage, `allowed stages are ${STAGES.join(",")}`));
  });
  if (urls.length > 0 && (resourcesOf(rule).length > 0 || strings(rule["namespaces"]).length > 0)) {
    const why = "rules cannot apply to both regular resources and non-resource URLs";
    errors.push(invalidValue(`${path}.nonResourceURLs`, urls, why));
  }
  return errors;
}
