/**
 * What `/metrics` says, in Prometheus' text format: requests, stored objects, build and start.
 * Upstream: apiserver pkg/endpoints/metrics/metrics.go, pkg/storage/etcd3/metrics/metrics.go, component-base metrics.
 * Simplified: these families alone; there are no latencies to tell of, since requests take no virtual time.
 */
import type { Resource } from "../api/meta/resource.ts";
import type { ObjectStore } from "./storage/object-store.ts";
import { storagePrefix } from "./storage/storage-keys.ts";
import type { RequestMeter } from "./request-meter.ts";

const VERBS: Readonly<Record<string, string>> = { create: "POST", update: "PUT" };

export interface MetricsSource {
  meter: RequestMeter;
  objects: ObjectStore;
  resources: readonly Resource[];
  /** Of the build: `gitVersion` and so on. */
  build: Readonly<Record<string, string>>;
  /** Virtual milliseconds. */
  started: number;
}

export function metricsText({ meter, objects, resources, build, started }: MetricsSource): string {
  const requests = [...meter.totals()].map(({ resource, labels, count }) => {
    const [verb = "", subresource = "", scope = "", dryRun = "", code = ""] = labels;
    const { group, version, plural } = resource;
    return sample(
      "apiserver_request_total",
      {
        code,
        component: "apiserver",
        dry_run: dryRun,
        group,
        resource: plural,
        scope,
        subresource,
        verb: VERBS[verb] ?? verb.toUpperCase(),
        version,
      },
      count,
    );
  });
  const stored = resources
    .filter(({ storedAs }) => storedAs === undefined)
    .map((resource) => {
      const count = objects.store.count(storagePrefix(resource), storagePrefix(resource));
      return sample("apiserver_storage_objects", { resource: resource.id }, count);
    });
  return [
    ...family(
      "apiserver_request_total",
      "counter",
      "[STABLE] Counter of apiserver requests by verb, group, resource and answer.",
      requests,
    ),
    ...family("apiserver_storage_objects", "gauge", "[STABLE] Number of stored objects by kind.", stored),
    ...family("kubernetes_build_info", "gauge", "[ALPHA] The server's build, by labels.", [
      sample("kubernetes_build_info", build, 1),
    ]),
    ...family("process_start_time_seconds", "gauge", "Start of the server in seconds since the Unix epoch.", [
      `process_start_time_seconds ${started / 1000}`,
    ]),
    "",
  ].join("\n");
}

function family(name: string, type: string, help: string, samples: readonly string[]): string[] {
  if (samples.length === 0) return [];
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples.toSorted()];
}

function sample(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
  return `${name}{${pairs.join(",")}} ${value}`;
}
