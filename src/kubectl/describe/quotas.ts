/** `kubectl describe limitrange | resourcequota | namespace`. Upstream: kubectl pkg/describe/describe.go. */
import type { LimitRange, Namespace, ResourceQuota } from "../../engine/api/generated/types.ts";
import { formatQuantity, parseQuantity } from "../../engine/api/meta/quantity.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { type ApiResource, resourcePath } from "../discovery.ts";
import { hasReason } from "../errors.ts";
import { LIMIT_RANGES, RESOURCE_QUOTAS } from "../generators/resources.ts";
import type { Invocation } from "../invocation.ts";
import { describeTransitions } from "./head.ts";
import type { DescribeWriter } from "./writer.ts";

const LIMIT_COLUMNS = "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio";
const LIMIT_RULE = "----\t--------\t---\t---\t---------------\t-------------\t-----------------------";
const SCOPE_TEXTS: Readonly<Record<string, string>> = {
  Terminating:
    "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.",
  NotTerminating:
    "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.",
  BestEffort:
    "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.",
  NotBestEffort:
    "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.",
};

function describeLimits(out: DescribeWriter, range: LimitRange, prefix: string): void {
  for (const item of range.spec?.limits ?? []) {
    const columns = [item.min, item.max, item.defaultRequest, item.default, item.maxLimitRequestRatio];
    const names = new Set(columns.flatMap((column) => Object.keys(column ?? {})));
    for (const name of [...names].sort()) {
      const cells = columns.map((column) => column?.[name] ?? "-");
      out.line(0, `${prefix}${item.type}\t${name}\t${cells.join("\t")}`);
    }
  }
}

export function* describeLimitRange(_call: Invocation, out: DescribeWriter, range: LimitRange): Call<void> {
  out.line(0, `Name:\t${range.metadata.name}`);
  out.line(0, `Namespace:\t${range.metadata.namespace}`);
  out.line(0, LIMIT_COLUMNS);
  out.line(0, LIMIT_RULE);
  describeLimits(out, range, "");
}

function scopesOf(quota: ResourceQuota): string[] {
  return [...(quota.spec?.scopes ?? [])].sort();
}

function usageRows(quota: ResourceQuota): string[] {
  const { hard = {}, used = {} } = quota.status ?? {};
  return Object.keys(hard)
    .sort()
    .map((name) => `${name}\t${inFormatOf(used[name] ?? "0", hard[name] ?? "0")}\t${hard[name]}`);
}

/** A used amount is written as the hard one is. */
function inFormatOf(used: string, hard: string): string {
  const { format } = parseQuantity(hard);
  return formatQuantity({ ...parseQuantity(used), format });
}

export function* describeResourceQuota(_call: Invocation, out: DescribeWriter, quota: ResourceQuota): Call<void> {
  out.line(0, `Name:\t${quota.metadata.name}`);
  out.line(0, `Namespace:\t${quota.metadata.namespace}`);
  const scopes = scopesOf(quota);
  if (scopes.length > 0) out.line(0, `Scopes:\t${scopes.join(", ")}`);
  for (const scope of scopes) if (SCOPE_TEXTS[scope] !== undefined) out.line(0, ` * ${SCOPE_TEXTS[scope]}`);
  out.line(0, "Resource\tUsed\tHard");
  out.line(0, "--------\t----\t----");
  for (const row of usageRows(quota)) out.line(0, row);
}

export function* describeNamespace(call: Invocation, out: DescribeWriter, namespace: Namespace): Call<void> {
  const { metadata, status } = namespace;
  out.line(0, `Name:\t${metadata.name}`);
  out.labels("Labels", metadata.labels);
  out.annotations("Annotations", metadata.annotations);
  out.line(0, `Status:\t${status?.phase ?? ""}`);
  describeTransitions(out, status?.conditions ?? []);
  const quotas = yield* listIn<ResourceQuota>(call, RESOURCE_QUOTAS, metadata.name);
  if (quotas !== undefined) {
    out.line(0, "");
    if (quotas.length === 0) out.line(0, "No resource quota.");
    else describeQuotas(out, quotas);
  }
  const ranges = yield* listIn<LimitRange>(call, LIMIT_RANGES, metadata.name);
  if (ranges === undefined) return;
  out.line(0, "");
  if (ranges.length === 0) {
    out.line(0, "No LimitRange resource.");
    return;
  }
  out.line(0, `Resource Limits\n ${LIMIT_COLUMNS}`);
  out.line(0, ` ${LIMIT_RULE}`);
  for (const range of ranges) describeLimits(out, range, " ");
}

function describeQuotas(out: DescribeWriter, quotas: readonly ResourceQuota[]): void {
  out.line(0, "Resource Quotas");
  const sorted = [...quotas].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  for (const quota of sorted) {
    out.line(1, `Name:\t${quota.metadata.name}`);
    const scopes = scopesOf(quota);
    if (scopes.length > 0) out.line(1, `Scopes:\t${scopes.join(", ")}`);
    for (const scope of scopes) if (SCOPE_TEXTS[scope] !== undefined) out.line(1, `* ${SCOPE_TEXTS[scope]}`);
    out.line(1, "Resource\tUsed\tHard");
    out.line(1, "--------\t---\t---");
    for (const row of usageRows(quota)) out.line(1, row);
  }
}

/** undefined when the server has no such resource. */
function* listIn<T>(call: Invocation, resource: ApiResource, namespace: string): Call<T[] | undefined> {
  try {
    return (yield* call.rest.json<{ items: T[] }>({ path: resourcePath(resource, { namespace }) })).items;
  } catch (error) {
    if (hasReason(error, "NotFound")) return undefined;
    throw error;
  }
}
