/** The metrics that an adapter offers by now, and their values. Upstream: prometheus-adapter pkg/{custom,external}-provider. */
import type { ServerContext } from "../define-image.ts";
import {
  labelMatcher,
  labelOfResource,
  metricName,
  queryOf,
  resourceOfLabel,
  selectorMatchers,
} from "./adapter-rules.ts";
import type { AdapterConfig, GroupResource, Rule } from "./adapter-rules.ts";
import { fetchNow, readApi } from "../cluster-api.ts";
import type { Labels } from "./series.ts";

/** A kind of the cluster, as discovery names it. */
export interface KnownResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

interface Source {
  readonly rule: Rule;
  readonly series: string;
}

export interface Measured {
  readonly labels: Labels;
  readonly value: number;
}

/** Thrown where Prometheus gives no answer that can be used. Clients learn no more than that. */
export class FetchError extends Error {}

const NAMESPACE: GroupResource = { group: "", resource: "namespaces" };

export class AdapterMetrics {
  private readonly ctx: ServerContext;
  private readonly prometheusUrl: string;
  private readonly config: AdapterConfig;
  resources: readonly KnownResource[] = [];
  /** `pods/http_requests` → where it comes from. */
  custom: ReadonlyMap<string, Source> = new Map();
  external: ReadonlyMap<string, Source> = new Map();

  constructor(ctx: ServerContext, prometheusUrl: string, config: AdapterConfig) {
    this.ctx = ctx;
    this.prometheusUrl = prometheusUrl.replace(/\/$/, "");
    this.config = config;
  }

  /** Asks Prometheus which series there are. Why it couldn't, or undefined. */
  update(): string | undefined {
    try {
      if (this.resources.length === 0) this.resources = this.discovered();
      const custom = new Map<string, Source>();
      const external = new Map<string, Source>();
      for (const rule of this.config.rules) {
        for (const { name, labels } of this.seriesOf(rule)) {
          const metric = metricName(rule, name);
          if (metric === undefined) continue;
          for (const label of Object.keys(labels)) {
            const named = resourceOfLabel(rule, label);
            const known = named && this.resource(named);
            if (known !== undefined) custom.set(`${idOf(known)}/${metric}`, { rule, series: name });
          }
        }
      }
      for (const rule of this.config.externalRules) {
        for (const { name } of this.seriesOf(rule)) {
          const metric = metricName(rule, name);
          if (metric !== undefined) external.set(metric, { rule, series: name });
        }
      }
      this.custom = custom;
      this.external = external;
      return undefined;
    } catch (error) {
      if (error instanceof FetchError) return error.message;
      throw error;
    }
  }

  /** By plural, singular, or `ingresses.networking.k8s.io` as paths have it. */
  resource({ group, resource }: GroupResource): KnownResource | undefined {
    return this.resources.find(
      (each) => (each.plural === resource || each.singular === resource) && (group === "" || each.group === group),
    );
  }

  /** The values of a metric of these objects, by their names; undefined: there is no such metric. */
  ofObjects(
    resource: KnownResource,
    metric: string,
    target: { namespace: string; names: readonly string[]; metricSelector: string },
  ): ReadonlyMap<string, number> | undefined {
    const source = this.custom.get(`${idOf(resource)}/${metric}`);
    if (source === undefined) return undefined;
    const { rule, series } = source;
    const { group, plural, singular } = resource;
    const label = labelOfResource(rule, { group, resource: plural }, singular);
    const matchers = [
      ...(resource.namespaced ? [labelMatcher(labelOfResource(rule, NAMESPACE, "namespace"), [target.namespace])] : []),
      labelMatcher(label, target.names),
      ...selectorMatchers(target.metricSelector),
    ];
    const found = this.query(queryOf(rule, { series, matchers, groupBy: label }));
    return new Map(found.map(({ labels, value }) => [labels[label] ?? "", value]));
  }

  ofOutside(metric: string, namespace: string, selector: string): readonly Measured[] | undefined {
    const source = this.external.get(metric);
    if (source === undefined) return undefined;
    const { rule, series } = source;
    const own = rule.namespaced ? [labelMatcher(labelOfResource(rule, NAMESPACE, "namespace"), [namespace])] : [];
    return this.query(queryOf(rule, { series, matchers: [...own, ...selectorMatchers(selector)], groupBy: "" }));
  }

  /** Names of a resource's objects by a label selector. */
  namesOf({ group, version, plural }: KnownResource, namespace: string, selector: string): readonly string[] {
    const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    const within = namespace === "" ? "" : `/namespaces/${namespace}`;
    const query = selector === "" ? "" : `?labelSelector=${encodeURIComponent(selector)}`;
    const answer = readApi<{ items: { metadata: { name: string } }[] }>(this.ctx, `${root}${within}/${plural}${query}`);
    if ("failure" in answer) throw new FetchError("unable to list matching resources");
    return answer.value.items.map(({ metadata }) => metadata.name);
  }

  private seriesOf({ seriesQuery }: Rule): { name: string; labels: Labels }[] {
    const found = this.ask<Labels[]>(`/api/v1/series?match[]=${encodeURIComponent(seriesQuery)}`);
    return found.map((labels) => ({ name: labels["__name__"] ?? "", labels }));
  }

  private query(text: string): Measured[] {
    const { resultType, result } = this.ask<{
      resultType: string;
      result: { metric: Labels; value: [number, string] }[];
    }>(`/api/v1/query?query=${encodeURIComponent(text)}`);
    if (resultType !== "vector") throw new FetchError("unable to fetch metrics");
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  private ask<T>(path: string): T {
    const answer = fetchNow(this.ctx, `${this.prometheusUrl}${path}`);
    if ("failure" in answer)
      throw new FetchError(`Get ${JSON.stringify(`${this.prometheusUrl}${path}`)}: ${answer.failure}`);
    try {
      const { status, data, error } = JSON.parse(answer.body) as { status: string; data: T; error?: string };
      if (status === "success") return data;
      throw new FetchError(`bad_data: ${error ?? "unknown"}`);
    } catch (error) {
      if (error instanceof FetchError) throw error;
      throw new FetchError(`bad_response: unknown response code ${answer.status}`);
    }
  }

  private discovered(): KnownResource[] {
    const groups = this.read<{ groups: { preferredVersion: { groupVersion: string } }[] }>("/apis").groups;
    const versions = ["v1", ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
    return versions.flatMap((groupVersion) => {
      const path = groupVersion.includes("/") ? `/apis/${groupVersion}` : `/api/${groupVersion}`;
      const answer = readApi<{
        resources: { name: string; singularName: string; kind: string; namespaced: boolean }[];
      }>(this.ctx, path);
      // A group that nobody answers for.
      if ("failure" in answer) return [];
      const [version = "", group = ""] = groupVersion.split("/").toReversed();
      return answer.value.resources
        .filter(({ name }) => !name.includes("/"))
        .map(({ name, singularName, kind, namespaced }) => ({
          ...{ group, version, plural: name, singular: singularName, kind, namespaced },
        }));
    });
  }

  private read<T>(path: string): T {
    const answer = readApi<T>(this.ctx, path);
    if ("failure" in answer) throw new FetchError(`unable to discover resources: ${answer.failure}`);
    return answer.value;
  }
}

export function idOf({ plural, group }: KnownResource): string {
  return group === "" ? plural : `${plural}.${group}`;
}
