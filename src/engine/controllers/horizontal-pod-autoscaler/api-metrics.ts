/**
 * Metrics as the API server's aggregated APIs serve them, asked for as the controller's own account.
 * Upstream: pkg/controller/podautoscaler/metrics/client.go.
 * Simplified: no adapter serves custom or external metrics, and what is asked of them fails as without one.
 */
import type { KubeObject } from "../../api/meta/object.ts";
import { milliValue } from "../../api/meta/quantity.ts";
import type { Client } from "../../client/client.ts";
import type { MetricsSource, PodMetric, PodMetrics } from "./metrics-source.ts";

/** PodMetrics of metrics.k8s.io/v1beta1. */
interface PodUsage extends KubeObject {
  timestamp: string;
  window: string;
  containers: readonly { name: string; usage: Readonly<Record<string, string>> }[];
}

export function apiMetrics(client: Client): MetricsSource {
  return {
    resource: (name, { namespace, selector, container }) => {
      const items = list(client, namespace, selector);
      if (items.length === 0) throw new Error("no metrics returned from resource metrics API");
      return container === undefined ? podSums(items, name) : containerValues(items, name, container);
    },
    pods: () => fail("custom", "no custom metrics API (custom.metrics.k8s.io) registered"),
    object: () => fail("custom", "no custom metrics API (custom.metrics.k8s.io) registered"),
    external: (metric) =>
      fail("external", `the server could not find the requested resource (get ${metric}.external.metrics.k8s.io)`),
  };
}

function fail(api: "resource" | "custom" | "external", why: string): never {
  throw new Error(`unable to fetch metrics from ${api} metrics API: ${why}`);
}

function list(client: Client, namespace: string, labelSelector: string): readonly PodUsage[] {
  const resource = client.transport.catalog.at("metrics.k8s.io", "v1beta1", "pods");
  if (resource === undefined) {
    return fail("resource", "the server could not find the requested resource (get pods.metrics.k8s.io)");
  }
  try {
    return client.resource(resource).list(namespace, { labelSelector }).items as PodUsage[];
  } catch (error) {
    return fail("resource", error instanceof Error ? error.message : String(error));
  }
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
    if (found === undefined)
      throw new Error(`container ${container} not present in metrics for pod ${namespace}/${name}`);
    const usage = found.usage[resource];
    if (usage !== undefined) metrics.set(name, sample(item, milliValue(usage)));
  }
  return metrics;
}

function sample({ timestamp, window }: PodUsage, value: number): PodMetric {
  return { value, timestamp: Date.parse(timestamp), windowMs: parseFloat(window) * 1000 };
}
