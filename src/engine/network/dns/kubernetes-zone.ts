/**
 * The records of a cluster's zone, by name and type. Upstream: coredns plugin/kubernetes/kubernetes.go and reverse.go,
 * kubernetes/dns docs/specification.md.
 */
import type { EndpointSlice, Service } from "../../api/generated/types.ts";
import { reversedAddress } from "../../base/dns.ts";
import { isIPv6 } from "../../base/dns.ts";
import { parseAddress } from "../address.ts";
import type { RecordSource } from "./record-source.ts";

export interface ZoneOptions {
  /** The first zone that is no reverse zone: what names of reverse records end with. */
  readonly primary: string;
  readonly podMode: "disabled" | "insecure" | "verified";
  readonly endpointPodNames: boolean;
  /** Empty: all namespaces. */
  readonly namespaces: ReadonlySet<string>;
  readonly ignoreEmptyService: boolean;
  readonly noEndpoints: boolean;
}

/** One place that a name stands for: an address, or another name (`host` is then no address). */
export interface Target {
  readonly host: string;
  /** -1: none was declared. */
  readonly port: number;
  /** The name of the record itself: what an SRV record points to. */
  readonly name: string;
}

/** `undefined`: there is no such name. Empty: there is, without a record of its own. */
export type Targets = readonly Target[] | undefined;

const DNS_VERSION = "1.1.0";

export class KubernetesZone {
  private readonly source: RecordSource;
  private readonly options: ZoneOptions;

  constructor(source: RecordSource, options: ZoneOptions) {
    this.source = source;
    this.options = options;
  }

  /** What stands behind a name of `zone`, whatever type is asked for. */
  targets(name: string, zone: string): Targets {
    const base = name === zone ? "" : name.slice(0, -zone.length - 1);
    if (base === "" || base === "svc" || base === "pod") return [];
    const labels = base.split(".");
    const kind = labels.pop();
    if (kind !== "svc" && kind !== "pod") return undefined;
    const namespace = labels.pop() ?? "";
    if (!this.exposes(namespace)) return undefined;
    const last = labels.pop();
    if (last === undefined) return [];
    if (labels.length > 2) return undefined;
    if (kind === "pod") return labels.length === 0 ? this.pod(namespace, last, name) : undefined;
    const [port, protocol] = labels.length === 2 ? labels.map((label) => label.replace(/^_/, "")) : [];
    const endpoint = labels.length === 1 ? labels[0] : undefined;
    return this.service(`${namespace}/${last}`, { port, protocol, endpoint, zone });
  }

  /**
   * What stands behind a name of a zone for the world outside: `service.namespace`, or `_port._protocol` of one. `headless`:
   * those services have their endpoints' addresses there. Upstream: plugin/kubernetes/external.go.
   */
  external(name: string, how: { zone: string; headless: boolean }): Targets {
    const { zone, headless } = how;
    const labels = name.slice(0, -zone.length - 1).split(".");
    const namespace = labels.pop() ?? "";
    if (!this.exposes(namespace)) return undefined;
    const last = labels.pop();
    if (last === undefined) return [];
    if (labels.length > 2) return undefined;
    const key = `${namespace}/${last}`;
    const service = this.source.service(key);
    if (service === undefined) return undefined;
    const [port, protocol] = labels.length === 2 ? labels.map((label) => label.replace(/^_/, "")) : [];
    const endpoint = labels.length === 1 ? (labels[0] as string).replace(/^_/, "") : undefined;
    const own = `${last}.${namespace}.${zone}`;
    const outside = outsideAddresses(service);
    if (headless && outside.length === 0 && (service.spec.clusterIP === "None" || endpoint !== undefined))
      return this.endpoints(key, { port, protocol, endpoint }, own);
    const targets = outside.flatMap((host) =>
      (service.spec.ports ?? [])
        .filter((each) => matches({ port, protocol }, each.name, each.protocol))
        .map((each) => ({ host, port: each.port, name: own })),
    );
    return targets.length === 0 ? undefined : targets;
  }

  /** Names of an address. */
  reverse(name: string): readonly string[] {
    const address = reversedAddress(name);
    if (address === undefined) return [];
    const service = this.source.serviceByAddress(address);
    const { primary } = this.options;
    if (service !== undefined && this.exposes(service.metadata.namespace ?? ""))
      return [`${service.metadata.name}.${service.metadata.namespace}.svc.${primary}`];
    const names = new Set<string>();
    for (const slice of this.source.slicesByAddress(address)) {
      const owner = slice.metadata.labels?.["kubernetes.io/service-name"];
      const namespace = slice.metadata.namespace ?? "";
      if (owner === undefined || !this.exposes(namespace)) continue;
      for (const endpoint of slice.endpoints ?? []) {
        if (endpoint.conditions?.ready === false || !endpoint.addresses.includes(address)) continue;
        names.add(`${this.endpointName(endpoint, address)}.${owner}.${namespace}.svc.${primary}`);
      }
    }
    return [...names];
  }

  /** The text of `dns-version.<zone>`. */
  text(name: string, zone: string): string | undefined {
    return name === `dns-version.${zone}` ? DNS_VERSION : undefined;
  }

  private exposes(namespace: string): boolean {
    const { namespaces } = this.options;
    return (namespaces.size === 0 || namespaces.has(namespace)) && this.source.hasNamespace(namespace);
  }

  private pod(namespace: string, label: string, name: string): Targets {
    const { podMode } = this.options;
    if (podMode === "disabled") return undefined;
    const dashes = label.split("-").length - 1;
    const address = label.replaceAll("-", dashes === 3 && !label.includes("--") ? "." : ":");
    if (podMode === "insecure")
      return parseAddress(address) >= 0 || isIPv6(address) ? [{ host: address, port: 0, name }] : undefined;
    const pods = this.source.podsByAddress(address).filter(({ metadata }) => metadata.namespace === namespace);
    return pods.length === 0 ? undefined : [{ host: address, port: 0, name }];
  }

  private service(
    key: string,
    query: { port: string | undefined; protocol: string | undefined; endpoint: string | undefined; zone: string },
  ): Targets {
    const service = this.source.service(key);
    if (service === undefined) return undefined;
    const { spec, metadata } = service;
    const own = `${metadata.name}.${metadata.namespace}.svc.${query.zone}`;
    if (spec.type === "ExternalName") {
      const alias = spec.externalName ?? "";
      return query.endpoint !== undefined || alias === "" || parseAddress(alias) >= 0 || isIPv6(alias)
        ? undefined
        : [{ host: alias.toLowerCase(), port: 0, name: own }];
    }
    if (this.options.ignoreEmptyService && spec.clusterIP !== "None" && this.readyCount(key) === 0) return undefined;
    if (spec.clusterIP === "None" || query.endpoint !== undefined) return this.endpoints(key, query, own);
    const targets: Target[] = [];
    for (const port of spec.ports ?? []) {
      if (!matches(query, port.name, port.protocol)) continue;
      for (const host of addressesOf(service)) targets.push({ host, port: port.port, name: own });
    }
    return targets.length === 0 ? undefined : targets;
  }

  private endpoints(
    key: string,
    query: { port: string | undefined; protocol: string | undefined; endpoint: string | undefined },
    own: string,
  ): Targets {
    const targets: Target[] = [];
    if (this.options.noEndpoints) return undefined;
    for (const slice of this.source.slices(key)) {
      const ports = (slice.ports ?? []).length === 0 ? [{ port: -1 }] : (slice.ports ?? []);
      for (const endpoint of slice.endpoints ?? []) {
        if (endpoint.conditions?.ready === false) continue;
        for (const host of endpoint.addresses) {
          const label = this.endpointName(endpoint, host);
          if (query.endpoint !== undefined && query.endpoint !== label) continue;
          for (const { name, port = -1, protocol } of ports as EndpointSlice["ports"] & object) {
            if (matches(query, name, protocol)) targets.push({ host, port, name: `${label}.${own}` });
          }
        }
      }
    }
    return targets.length === 0 ? undefined : targets;
  }

  private readyCount(key: string): number {
    let count = 0;
    for (const slice of this.source.slices(key))
      for (const { conditions } of slice.endpoints ?? []) if (conditions?.ready !== false) count++;
    return count;
  }

  private endpointName(
    endpoint: { hostname?: string | undefined; targetRef?: { name?: string | undefined } | undefined },
    address: string,
  ): string {
    if (endpoint.hostname !== undefined && endpoint.hostname !== "") return endpoint.hostname;
    const pod = endpoint.targetRef?.name;
    if (this.options.endpointPodNames && pod !== undefined) return pod;
    return address.replaceAll(/[.:]/g, "-");
  }
}

function matches(
  query: { port: string | undefined; protocol: string | undefined },
  name: string | undefined,
  protocol: string | undefined,
): boolean {
  const wants = (wanted: string | undefined, given: string): boolean =>
    wanted === undefined || wanted === "" || wanted === given.toLowerCase();
  return wants(query.port, name ?? "") && wants(query.protocol, protocol ?? "TCP");
}

function addressesOf({ spec }: Service): readonly string[] {
  if (spec.clusterIPs !== undefined && spec.clusterIPs.length > 0) return spec.clusterIPs;
  return spec.clusterIP === undefined || spec.clusterIP === "" ? [] : [spec.clusterIP];
}

function outsideAddresses({ spec, status }: Service): string[] {
  const given = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []);
  return [...new Set([...(spec.externalIPs ?? []), ...given])];
}
