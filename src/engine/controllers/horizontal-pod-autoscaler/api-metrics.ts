/**
 * Metrics as the API server's aggregated APIs serve them, asked for as the controller's own account.
 * Upstream: pkg/controller/podautoscaler/metrics/client.go, metrics/pkg/client/{custom_metrics,external_metrics}.
 */
import { defineResource, type Resource } from "../../api/meta/resource.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { RequestOptions } from "../../api/meta/request.ts";
import { milliValue } from "../../api/meta/quantity.ts";
import { labelSelectorAsSelector } from "../../api/meta/selectors.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import type { Client } from "../../client/client.ts";
import type { MetricsSource, PodMetric, PodMetrics } from "./metrics-source.ts";

/** PodMetrics of metrics.k8s.io/v1beta1. */
interface PodUsage extends KubeObject {
  timestamp: string;
  window: string;
  containers: readonly { name: string; usage: Readonly<Record<string, string>> }[];
}

/** An item of a MetricValueList or ExternalMetricValueList. */
interface MetricValue {
  readonly describedObject?: { readonly name: string };
  readonly timestamp: string;
  readonly windowSeconds?: number | null;
  readonly value: string;
}

const RESOURCE_GROUP = "metrics.k8s.io";
const CUSTOM_GROUP = "custom.metrics.k8s.io";
const EXTERNAL_GROUP = "external.metrics.k8s.io";
/** Of versions that say the same, the one that upstream's client likes best comes first. */
const CUSTOM_VERSIONS = ["v1beta2", "v1beta1"];
const EXTERNAL_VERSION = "v1beta1";
const DEFAULT_WINDOW_MS = 60_000;

export function apiMetrics(client: Client): MetricsSource {
  return {
    resource: (name, { namespace, selector, container }) => {
      const items = list(client, namespace, selector);
      if (items.length === 0) throw new Error("no metrics returned from resource metrics API");
      return container === undefined ? podSums(items, name) : containerValues(items, name, container);
    },
    pods(metric, { namespace, selector, metricSelector }) {
      const path = { plural: "pods", namespace, name: "*", subresource: metric };
      const options = { labelSelector: selector, metricLabelSelector: metricSelector };
      const items = valuesOf("custom", () => ask(client, customVersion(client), { ...path, options }));
      if (items.length === 0) throw new Error("no metrics returned from custom metrics API");
      return new Map(items.map((item) => [item.describedObject?.name ?? "", valueSample(item)]));
    },
    object(metric, { namespace, object, metricSelector }) {
      const items = valuesOf("custom", () => {
        const version = customVersion(client);
        const group = (object.apiVersion ?? "").includes("/") ? (object.apiVersion ?? "").replace(/\/.*/, "") : "";
        const isNamespace = object.kind === "Namespace" && group === "";
        const path = isNamespace
          ? { plural: "metrics", namespace, name: metric, subresource: "" }
          : { plural: pluralOf(client, group, object.kind), namespace, name: object.name, subresource: metric };
        const found = ask(client, version, { ...path, options: { metricLabelSelector: metricSelector } });
        if (found.length === 1) return found;
        throw new Error(`the custom metrics API server returned ${found.length} results when we asked for exactly one`);
      });
      return milliValue(items[0]?.value ?? "0");
    },
    external(metric, { namespace, selector }) {
      const labelSelector = selector === undefined ? "" : labelSelectorAsSelector(selector).toString();
      const version = { group: EXTERNAL_GROUP, version: EXTERNAL_VERSION };
      const path = { plural: metric, namespace, name: "", subresource: "" };
      const items = valuesOf("external", () => ask(client, version, { ...path, options: { labelSelector } }));
      if (items.length === 0) throw new Error("no metrics returned from external metrics API");
      return items.map(({ value }) => milliValue(value));
    },
  };
}

type Api = "resource" | "custom" | "external";

function fail(api: Api, why: string): never {
  throw new Error(`unable to fetch metrics from ${api} metrics API: ${why}`);
}

function valuesOf<T>(api: Api, read: () => T): T {
  try {
    return read();
  } catch (error) {
    return fail(api, error instanceof Error ? error.message : String(error));
  }
}

function customVersion({ transport }: Client): { group: string; version: string } {
  const served = transport.catalog.remote.filter(({ group }) => group === CUSTOM_GROUP);
  if (served.length === 0) throw new Error(`no custom metrics API (${CUSTOM_GROUP}) registered`);
  const version = CUSTOM_VERSIONS.find((wanted) => served.some((each) => each.version === wanted));
  if (version === undefined) throw new Error("no known available metric versions found");
  return { group: CUSTOM_GROUP, version };
}

/** `ingresses.networking.k8s.io`, `services` */
function pluralOf({ transport }: Client, group: string, kind: string): string {
  const found = transport.catalog.all.find((resource) => resource.group === group && resource.kind === kind);
  if (found !== undefined) return found.id;
  const shown = group === "" ? kind : `${kind}.${group}`;
  const why = `no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`;
  throw new Error(`unable to map kind ${shown} to resource: ${why}`);
}

interface MetricPath {
  readonly plural: string;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  readonly options: RequestOptions;
}

function ask(client: Client, version: { group: string; version: string }, path: MetricPath): readonly MetricValue[] {
  const { plural, ...target } = path;
  const resource = remoteResource(version, plural);
  try {
    const { verb, ...request } = client.build(resource, target.name === "" ? "list" : "get", target);
    return (
      client.transport.request<{ items?: readonly MetricValue[] }>({
        ...request,
        verb,
        subresource: target.subresource,
      }).object.items ?? []
    );
  } catch (error) {
    throw withRequest(error, `${resource.id}${target.name === "" ? "" : ` ${target.name}`}`);
  }
}

const BARE = new Set([
  "the server is currently unable to handle the request",
  "the server could not find the requested resource",
]);

/** Upstream's client adds what it asked for to an answer that says no more than its code. */
function withRequest(error: unknown, asked: string): unknown {
  const isBare = error instanceof StatusError && BARE.has(error.message);
  return isBare ? new Error(`${error.message} (get ${asked})`, { cause: error }) : error;
}

const resources = new Map<string, Resource>();

/** One for each metric: requests are counted by resource. */
function remoteResource({ group, version }: { group: string; version: string }, plural: string): Resource {
  const key = `${group}/${version}/${plural}`;
  let resource = resources.get(key);
  if (resource === undefined) {
    const kind = group === EXTERNAL_GROUP ? "ExternalMetricValueList" : "MetricValueList";
    const definition = { group, version, kind, plural, scope: "Namespaced", example: {}, remote: true } as const;
    resources.set(key, (resource = defineResource<KubeObject>(definition)));
  }
  return resource;
}

function list(client: Client, namespace: string, labelSelector: string): readonly PodUsage[] {
  return valuesOf("resource", () => {
    const own = client.transport.catalog.at(RESOURCE_GROUP, "v1beta1", "pods");
    const resource = own ?? remoteResource({ group: RESOURCE_GROUP, version: "v1beta1" }, "pods");
    try {
      return client.resource(resource).list(namespace, { labelSelector }).items as PodUsage[];
    } catch (error) {
      throw withRequest(error, resource.id);
    }
  });
}

/** A pod with a container that doesn't report the resource is left out. */
function podSums(items: readonly PodUsage[], resource: string): PodMetrics {
  const metrics = new Map<string, PodMetric>();
  for (const item of items) {
    const usages = item.containers.map(({ usage }) => usage[resource]);
    if (usages.length === 0 || usages.includes(undefined)) continue;
    const value = usages.reduce((sum, usage) => sum + milliValue(usage ?? "0"), 0);
    metrics.set(item.metadata.name, sample(item, value));
  }
  return metrics;
}

function containerValues(items: readonly PodUsage[], resource: string, container: string): PodMetrics {
  const metrics = new Map<string, PodMetric>();
  for (const item of items) {
    const { name, namespace = "" } = item.metadata;
    const found = item.containers.find((each) => each.name === container);
    if (found === undefined) {
      const why = `container ${container} not present in metrics for pod ${namespace}/${name}`;
      throw new Error(`failed to get container metrics: ${why}`);
    }
    const usage = found.usage[resource];
    if (usage !== undefined) metrics.set(name, sample(item, milliValue(usage)));
  }
  return metrics;
}

function valueSample({ value, timestamp, windowSeconds }: MetricValue): PodMetric {
  const windowMs = windowSeconds == null ? DEFAULT_WINDOW_MS : windowSeconds * 1000;
  return { value: milliValue(value), timestamp: Date.parse(timestamp), windowMs };
}

function sample({ timestamp, window }: PodUsage, value: number): PodMetric {
  return { value, timestamp: Date.parse(timestamp), windowMs: parseFloat(window) * 1000 };
}
