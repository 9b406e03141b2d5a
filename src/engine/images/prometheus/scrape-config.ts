/** What a Prometheus scrapes. Upstream: prometheus/prometheus config, model/relabel. */
import { isObject } from "../../base/json.ts";
import { readYaml } from "../../base/yaml-text.ts";
import { durationMs } from "./promql-parser.ts";
import { wholeRegExp, type Labels } from "./series.ts";

export interface RelabelRule {
  readonly source_labels?: readonly string[];
  readonly separator?: string;
  readonly regex?: string;
  readonly target_label?: string;
  readonly replacement?: string;
  readonly action?: string;
}

export interface ScrapeJob {
  readonly name: string;
  readonly intervalMs: number;
  readonly path: string;
  readonly scheme: string;
  readonly honorLabels: boolean;
  /** What it shows to targets. */
  readonly tokenFile: string | undefined;
  readonly targets: readonly Labels[];
  readonly discovery: readonly { readonly role: string; readonly namespaces: readonly string[] }[];
  readonly relabel: readonly RelabelRule[];
  readonly metricRelabel: readonly RelabelRule[];
}

export interface PrometheusConfig {
  readonly jobs: readonly ScrapeJob[];
  /** What stands there and has no effect here. */
  readonly unread: readonly string[];
}

export class ConfigError extends Error {}

const ROLES = new Set(["pod", "endpoints", "service", "node"]);
const ACTIONS = new Set(["replace", "keep", "drop", "labelmap", "labeldrop", "labelkeep"]);
const READ = new Set([
  "job_name",
  "scrape_interval",
  "metrics_path",
  "scheme",
  "honor_labels",
  "bearer_token_file",
  "authorization",
  "static_configs",
  "kubernetes_sd_configs",
  "relabel_configs",
  "metric_relabel_configs",
]);
const DISCOVERY_READ = new Set(["role", "namespaces"]);
/** Of no consequence where certificates aren't checked and nothing takes time. */
const HARMLESS = new Set(["scrape_timeout", "tls_config", "honor_timestamps"]);

type Raw = Record<string, unknown>;

/** Throws a `ConfigError`. */
export function readConfig(text: string): PrometheusConfig {
  const document = readYaml(text);
  if ("problem" in document) throw new ConfigError(document.problem);
  const raw = (document.value ?? {}) as Raw;
  const global = (raw["global"] ?? {}) as Raw;
  const interval = String(global["scrape_interval"] ?? "1m");
  const unread = Object.keys(raw).filter((key) => key !== "global" && key !== "scrape_configs");
  const jobs = listOf(raw["scrape_configs"], "scrape_configs").map((job) => readJob(job, interval, unread));
  return { jobs, unread };
}

function readJob(raw: Raw, interval: string, unread: string[]): ScrapeJob {
  const name = String(raw["job_name"] ?? "");
  if (name === "") throw new ConfigError("job_name is empty");
  for (const key of Object.keys(raw)) {
    if (!READ.has(key) && !HARMLESS.has(key)) unread.push(`${key} of job ${name}`);
  }
  const discovery = listOf(raw["kubernetes_sd_configs"], "kubernetes_sd_configs").flatMap((each) => {
    for (const key of Object.keys(each)) if (!DISCOVERY_READ.has(key)) unread.push(`${key} of job ${name}`);
    const { names, ...others } = (each["namespaces"] ?? {}) as Raw;
    for (const key of Object.keys(others)) unread.push(`namespaces.${key} of job ${name}`);
    const role = String(each["role"] ?? "");
    if (ROLES.has(role)) return [{ role, namespaces: textsOf(names, "namespaces.names") }];
    unread.push(`role ${role} of job ${name}`);
    return [];
  });
  const targets = listOf(raw["static_configs"], "static_configs").flatMap((each) =>
    textsOf(each["targets"], "targets").map((target) => ({ ...(each["labels"] as Labels), __address__: target })),
  );
  const { type: _bearer, credentials_file: credentials, ...others } = (raw["authorization"] ?? {}) as Raw;
  for (const key of Object.keys(others)) unread.push(`authorization.${key} of job ${name}`);
  const tokenFile = raw["bearer_token_file"] ?? credentials;
  const rules = (key: string): RelabelRule[] => listOf(raw[key], key).map(checkedRule);
  return {
    name,
    intervalMs: Math.max(1000, durationMs(String(raw["scrape_interval"] ?? interval))),
    path: String(raw["metrics_path"] ?? "/metrics"),
    scheme: String(raw["scheme"] ?? "http"),
    honorLabels: raw["honor_labels"] === true,
    tokenFile: tokenFile === undefined ? undefined : String(tokenFile),
    targets,
    discovery,
    relabel: rules("relabel_configs"),
    metricRelabel: rules("metric_relabel_configs"),
  };
}

function checkedRule(raw: Raw): RelabelRule {
  const { action = "replace", regex, target_label: target } = raw as RelabelRule;
  if (!ACTIONS.has(action)) throw new ConfigError(`unknown relabel action ${JSON.stringify(action)}`);
  if (action === "replace" && (target ?? "") === "") {
    throw new ConfigError("relabel configuration for replace action requires 'target_label' value");
  }
  if (wholeRegExp(String(regex ?? "")) === undefined) {
    throw new ConfigError(`error parsing regexp: \`${String(regex)}\``);
  }
  const texts = Object.entries(raw).map(([key, value]): [string, unknown] => [
    key,
    key === "source_labels" ? textsOf(value, key) : String(value),
  ]);
  return Object.fromEntries(texts) as RelabelRule;
}

/** A list of objects; nothing is an empty one. */
function listOf(value: unknown, key: string): Raw[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every(isObject)) return value;
  throw new ConfigError(`cannot unmarshal ${key}: a list of objects is expected`);
}

function textsOf(value: unknown, key: string): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map(String);
  throw new ConfigError(`cannot unmarshal ${key}: a list of strings is expected`);
}

/** undefined: the target, or the sample, is dropped. */
export function relabelled(labels: Labels, rules: readonly RelabelRule[]): Labels | undefined {
  if (rules.length === 0) return labels;
  let present: Record<string, string> = { ...labels };
  for (const rule of rules) {
    const { source_labels = [], separator = ";", regex = "(.*)", replacement = "$1", action = "replace" } = rule;
    const pattern = wholeRegExp(regex) ?? /^$/;
    const value = source_labels.map((name) => present[name] ?? "").join(separator);
    const hits = pattern.exec(value);
    const names = Object.keys(present);
    switch (action) {
      case "keep":
        if (hits === null) return undefined;
        break;
      case "drop":
        if (hits !== null) return undefined;
        break;
      case "labelmap":
        for (const name of names) {
          const found = pattern.exec(name);
          if (found !== null) present[expanded(replacement, found)] = present[name] ?? "";
        }
        break;
      case "labeldrop":
        present = Object.fromEntries(Object.entries(present).filter(([name]) => !pattern.test(name)));
        break;
      case "labelkeep":
        present = Object.fromEntries(Object.entries(present).filter(([name]) => pattern.test(name)));
        break;
      default: {
        if (hits === null) break;
        const target = expanded(rule.target_label ?? "", hits);
        const text = expanded(replacement, hits);
        if (text === "") delete present[target];
        else present[target] = text;
      }
    }
  }
  return present;
}

/** `$1`, `${1}` */
export function expanded(template: string, found: RegExpExecArray): string {
  return template.replace(
    /\$(?:(\d+)|\{(\w+)\})/g,
    (_, plain?: string, braced?: string) => found[Number(plain ?? braced)] ?? "",
  );
}
