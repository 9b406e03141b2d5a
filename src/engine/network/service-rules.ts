/**
 * What kube-proxy makes of Services and EndpointSlices. Upstream: pkg/proxy/serviceport.go, pkg/proxy/topology.go.
 * Rules are shared by all nodes and never change: a change makes new rules for the changed service alone, in O(its ports),
 * and its endpoints are worked out when the first connection asks for them.
 *
 * Simplified: SCTP has no rules (nothing here speaks it). When a change comes into force says rule-sync.ts.
 */
import type { EndpointSlice, Service, ServicePort } from "../api/generated/types.ts";
import { keyOf } from "../api/meta/object.ts";
import { SECOND } from "../base/time.ts";
import { familyOf, formatSocket, parseAddress, parseRange } from "./address.ts";
import type { Family, Range } from "./address.ts";
import { usableEndpoints } from "./usable-endpoints.ts";
import type { Endpoint, UsableEndpoints } from "./usable-endpoints.ts";

export type { Endpoint };
export type TrafficPolicy = "Cluster" | "Local";
export type Protocol = "TCP" | "UDP";

/** How long ClientIP affinity lasts unless the service says otherwise. */
const AFFINITY_SECONDS = 10_800;

/** One port of one service in one family of addresses. */
export class ServiceRule {
  /** `namespace/name`. */
  readonly service: string;
  /** `namespace/name`, with `:port name` if it has one. */
  readonly portName: string;
  /** `10.96.0.1:443`: for people. */
  readonly title: string;
  readonly family: Family;
  readonly address: number;
  readonly port: number;
  readonly protocol: Protocol;
  /** 0: none. */
  readonly nodePort: number;
  /** Where a node answers whether it has endpoints of its own; 0: nowhere. */
  readonly healthPort: number;
  readonly externalIPs: readonly number[];
  /** Of load balancers whose packets come as they are (ipMode VIP): nodes take these addresses for their own. */
  readonly balancerIPs: readonly number[];
  /** Of load balancers that put themselves in between (ipMode Proxy): what is sent there leaves the node. */
  readonly proxyIPs: readonly number[];
  /** Whom the load balancer's addresses are for; undefined: everyone. */
  readonly sourceRanges: readonly Range[] | undefined;
  readonly sourceTexts: readonly string[];
  readonly internalPolicy: TrafficPolicy;
  readonly externalPolicy: TrafficPolicy;
  /** Milliseconds that a client sticks to its endpoint; 0 without session affinity. */
  readonly affinityMs: number;
  private readonly endpointPort: string;
  private readonly slices: readonly EndpointSlice[];
  private known: UsableEndpoints | undefined;

  constructor(service: Service, port: ServicePort, from: { clusterIP: string; slices: readonly EndpointSlice[] }) {
    const { spec } = service;
    this.service = keyOf(service);
    this.address = parseAddress(from.clusterIP);
    this.family = familyOf(this.address);
    this.port = port.port;
    this.title = formatSocket(this.address, this.port);
    this.protocol = port.protocol === "UDP" ? "UDP" : "TCP";
    const balanced = spec.type === "LoadBalancer";
    const exposed = balanced || spec.type === "NodePort";
    this.nodePort = exposed ? (port.nodePort ?? 0) : 0;
    this.internalPolicy = spec.internalTrafficPolicy === "Local" ? "Local" : "Cluster";
    this.externalPolicy = spec.externalTrafficPolicy === "Local" ? "Local" : "Cluster";
    this.healthPort = balanced && this.externalPolicy === "Local" ? (spec.healthCheckNodePort ?? 0) : 0;
    this.externalIPs = this.ownFamily(spec.externalIPs ?? []);
    const ingress = balanced ? (service.status?.loadBalancer?.ingress ?? []) : [];
    const ips = (proxied: boolean): readonly number[] =>
      this.ownFamily(
        ingress.flatMap(({ ip, ipMode }) => (ip !== undefined && (ipMode === "Proxy") === proxied ? ip : [])),
      );
    this.balancerIPs = ips(false);
    this.proxyIPs = ips(true);
    const texts = balanced ? (spec.loadBalancerSourceRanges ?? []).map((text) => text.trim()) : [];
    this.sourceTexts = texts.filter((text) => parseRange(text) !== undefined);
    const ranges = this.sourceTexts.flatMap((text) => parseRange(text) ?? []);
    this.sourceRanges = ranges.length === 0 ? undefined : ranges;
    const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_SECONDS;
    this.affinityMs = spec.sessionAffinity === "ClientIP" ? seconds * SECOND : 0;
    this.endpointPort = port.name ?? "";
    this.portName = this.endpointPort === "" ? this.service : `${this.service}:${this.endpointPort}`;
    this.slices = from.slices;
  }

  get count(): number {
    return this.endpoints.everywhere.length;
  }

  get hasEndpoints(): boolean {
    return this.count > 0;
  }

  /** True iff some traffic may only go to endpoints of the node that it comes to. */
  get usesLocal(): boolean {
    return this.internalPolicy === "Local" || (this.externalPolicy === "Local" && this.exposed);
  }

  /** True iff it can be reached otherwise than by its cluster address. */
  get exposed(): boolean {
    return this.nodePort !== 0 || this.externalIPs.length > 0 || this.balancerIPs.length > 0;
  }

  /** Where a connection that `node` handles may go. */
  choices(policy: TrafficPolicy, node: { name: string; zone: string }): readonly Endpoint[] {
    return policy === "Cluster" ? this.endpoints.near(node) : this.endpoints.on(node.name);
  }

  /** The endpoint of that address and port, which a node's rules may still lead to when it is none any more. */
  endpointAt(address: number, port: number): Endpoint {
    const known = this.endpoints.everywhere.find((each) => each.address === address && each.port === port);
    return known ?? { address, port, nodeName: "" };
  }

  /** Ready endpoints on the node: what its health check tells load balancers. */
  readyOn(nodeName: string): number {
    return this.endpoints.readyOn(nodeName);
  }

  private get endpoints(): UsableEndpoints {
    const { slices, endpointPort: portName, protocol, family } = this;
    return (this.known ??= usableEndpoints(slices, { portName, protocol, family }));
  }

  private ownFamily(texts: readonly string[]): number[] {
    return texts.map(parseAddress).filter((address) => address >= 0 && familyOf(address) === this.family);
  }
}

/** How a packet meets a rule besides by its cluster address and node port. */
export type ExternalKind = "externalIP" | "loadBalancer";

/** Rules by what a packet is addressed to. */
export class ServiceRules {
  private readonly tcp = new Map<number, ServiceRule>();
  private readonly udp = new Map<number, ServiceRule>();
  /** See `nodePortKey`. */
  private readonly byNodePort = new Map<number, ServiceRule>();
  private readonly byExternal = new Map<number, { rule: ServiceRule; kind: ExternalKind }>();
  private readonly byProxy = new Map<number, ServiceRule>();
  private readonly byHealthPort = new Map<number, ServiceRule>();

  clusterIP(address: number, port: number, protocol: Protocol = "TCP"): ServiceRule | undefined {
    return (protocol === "TCP" ? this.tcp : this.udp).get(address * 65536 + port);
  }

  nodePort(port: number, protocol: Protocol = "TCP", family: Family = "IPv4"): ServiceRule | undefined {
    return this.byNodePort.get(nodePortKey({ nodePort: port, protocol, family }));
  }

  /** True iff it is some service's own address, at whatever port. Looks through all of them. */
  hasAddress(address: number): boolean {
    for (const rule of this.all()) if (rule.address === address) return true;
    return false;
  }

  /** By an external address or a load balancer's, as nodes take them for their own. */
  external(address: number, port: number, protocol: Protocol): { rule: ServiceRule; kind: ExternalKind } | undefined {
    return this.byExternal.size === 0 ? undefined : this.byExternal.get(externalKey(address, port, protocol));
  }

  /** By the address of a load balancer that stands outside. */
  proxied(address: number, port: number, protocol: Protocol): ServiceRule | undefined {
    return this.byProxy.size === 0 ? undefined : this.byProxy.get(externalKey(address, port, protocol));
  }

  /** The service whose health check a node answers at this port. */
  healthPort(port: number): ServiceRule | undefined {
    return this.byHealthPort.size === 0 ? undefined : this.byHealthPort.get(port);
  }

  /** All rules, in the order in which they came. */
  *all(): Iterable<ServiceRule> {
    yield* this.tcp.values();
    yield* this.udp.values();
  }

  add(rule: ServiceRule): void {
    const { address, port, protocol } = rule;
    (protocol === "TCP" ? this.tcp : this.udp).set(address * 65536 + port, rule);
    if (rule.nodePort !== 0) this.byNodePort.set(nodePortKey(rule), rule);
    if (rule.healthPort !== 0) this.byHealthPort.set(rule.healthPort, rule);
    for (const ip of rule.externalIPs)
      this.byExternal.set(externalKey(ip, port, protocol), { rule, kind: "externalIP" });
    for (const ip of rule.balancerIPs)
      this.byExternal.set(externalKey(ip, port, protocol), { rule, kind: "loadBalancer" });
    for (const ip of rule.proxyIPs) this.byProxy.set(externalKey(ip, port, protocol), rule);
  }

  /** Takes a rule out unless another has taken its place. */
  remove(rule: ServiceRule): void {
    const { address, port, protocol } = rule;
    const take = <V>(table: Map<number, V>, key: number, of: (value: V) => ServiceRule): void => {
      const value = table.get(key);
      if (value !== undefined && of(value) === rule) table.delete(key);
    };
    const itself = (value: ServiceRule): ServiceRule => value;
    take(protocol === "TCP" ? this.tcp : this.udp, address * 65536 + port, itself);
    take(this.byNodePort, nodePortKey(rule), itself);
    take(this.byHealthPort, rule.healthPort, itself);
    for (const ip of [...rule.externalIPs, ...rule.balancerIPs])
      take(this.byExternal, externalKey(ip, port, protocol), (value) => value.rule);
    for (const ip of rule.proxyIPs) take(this.byProxy, externalKey(ip, port, protocol), itself);
  }

  /** The rules as they are now. A rule never changes, so only the tables are copied. */
  copy(): ServiceRules {
    const copy = new ServiceRules();
    for (const rule of this.all()) copy.add(rule);
    return copy;
  }
}

/** A service of two families has the same port in both. */
function nodePortKey({ protocol, nodePort, family }: Pick<ServiceRule, "protocol" | "nodePort" | "family">): number {
  const port = family === "IPv4" ? nodePort : nodePort + 65_536;
  return protocol === "TCP" ? port : -port;
}

function externalKey(address: number, port: number, protocol: Protocol): number {
  return (address * 65536 + port) * 2 + (protocol === "UDP" ? 1 : 0);
}
