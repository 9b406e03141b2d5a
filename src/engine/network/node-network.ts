/**
 * One node's part of the network: its address, its pods' addresses, its kube-proxy.
 */
import type { Node, PodDNSConfig } from "../api/generated/types.ts";
import { SystemError } from "../base/program.ts";
import type { NetworkNamespace } from "../runtime/network-namespace.ts";
import type { Listener, NetworkPort } from "../runtime/network-port.ts";
import type { RandomStream } from "../sim/random.ts";
import { familyOf, inRanges, isLoopback, parseAddress, parseRange } from "./address.ts";
import type { Family, Range } from "./address.ts";
import type { Fabric } from "./fabric.ts";
import { healthCheck } from "./health-check.ts";
import { HostLocalAllocator } from "./ipam.ts";
import { StationPort } from "./port.ts";
import { routesOf } from "./pod-routes.ts";
import { NodePacketFilter } from "./proxy-rules/packet-filter.ts";
import { answersNodePorts } from "./proxy-settings.ts";
import type { ProxyMode, ProxySettings, ProxyTraffic } from "./proxy-settings.ts";
import { EndpointChoice } from "./proxy-rules/endpoint-choice.ts";
import { localTraffic } from "./proxy-rules/local-traffic.ts";
import type { LocalTraffic } from "./proxy-rules/local-traffic.ts";
import { resolverConfig } from "./resolver-config.ts";
import { ServiceRules } from "./service-rules.ts";
import type { Protocol } from "./service-rules.ts";
import { MIN_SYNC_MS, SYNC_MS } from "./service-watch.ts";
import { Station } from "./station.ts";

/** How a pod or host looks names up. */
export interface PortOptions {
  /** `ClusterFirst` for pods, `Default` for hosts unless given. */
  dnsPolicy?: string | undefined;
  dnsConfig?: PodDNSConfig | undefined;
  /** Text of the hosts file, asked for at each look-up when it is a function. */
  hosts?: string | (() => string) | undefined;
}

/** A pod's place in the network, from its sandbox's start to its end. */
export interface PodNetwork {
  readonly ip: string;
  /** All of its addresses, `ip` first. */
  readonly ips: readonly string[];
  readonly namespace: NetworkNamespace;
  port(options?: PortOptions): NetworkPort;
  /** Gives the address back; what listened is gone. */
  detach(): void;
}

export interface PodIdentity {
  namespace: string;
  name: string;
  uid: string;
  hostNetwork?: boolean;
  /** Ports of the node that lead to the pod, on all of its addresses or one. */
  hostPorts?: readonly HostPort[];
}

export interface HostPort {
  hostIP?: string | undefined;
  hostPort: number;
  containerPort: number;
  protocol: Protocol;
}

interface MappedPort {
  readonly station: Station;
  readonly port: number;
  /** The one address of the node at which it is; undefined: at all. */
  readonly at: number | undefined;
}

const ANY_HOST_IP: ReadonlySet<string> = new Set(["", "0.0.0.0", "::"]);
const ZONE = "topology.kubernetes.io/zone";
const UNBALANCED = "node.kubernetes.io/exclude-from-external-load-balancers";

export class NodeNetwork {
  readonly name: string;
  readonly host: Station;
  readonly filter: NodePacketFilter;
  readonly fabric: Fabric;
  private readonly random: RandomStream;
  /** Which of a service's endpoints its rules lead to. */
  readonly endpoints: EndpointChoice;
  /** The zone that the node's label tells; "" without one. */
  zone = "";
  /** False iff load balancers are told to leave the node out. */
  balanced = true;
  /** Where its pods' addresses come from: a range of one family, or of each. */
  private ranges: readonly Range[] = [];
  private allocators: readonly HostLocalAllocator[] = [];
  private cidrs: readonly string[] = [];
  private on = true;
  /** When its power last came on. */
  poweredAt = Number.NEGATIVE_INFINITY;
  /** The rules that stand while the proxy is stopped: none after the power was off; undefined iff the node follows the newest. */
  private kept: ServiceRules | undefined;
  /** TCP by the node's port, UDP by its negative. */
  private readonly mappedPorts = new Map<number, MappedPort[]>();
  private proxy = true;
  private connected = true;
  /** How the node's proxy writes its rules: kube-proxy's `mode`. */
  proxyMode: ProxyMode = "iptables";
  minSyncMs = MIN_SYNC_MS;
  /** Milliseconds after which the proxy looks at its canary, and tries again what has failed. */
  syncMs = SYNC_MS;
  /** What its proxy was told beside that. */
  traffic: ProxyTraffic = {};
  private locals: Partial<Record<Family, LocalTraffic | "none">> = {};

  constructor(fabric: Fabric, name: string, addresses: readonly string[]) {
    const [address = -1, second] = addresses.map(parseAddress);
    if (address < 0 || second === -1) throw new SystemError("EINVAL", addresses.join(","));
    this.fabric = fabric;
    this.name = name;
    this.host = new Station("node", `node/${name}`, { address, second, node: this });
    this.random = fabric.sim.random(`kube-proxy/${name}`);
    this.endpoints = new EndpointChoice(this, { sim: fabric.sim, random: this.random });
    this.filter = new NodePacketFilter(fabric, this);
    this.host.namespace.packetFilter = this.filter;
    this.host.namespace.routes = () => routesOf(fabric, this);
  }

  /** "" until the node's spec.podCIDR is known. */
  get podCIDR(): string {
    return this.cidrs[0] ?? "";
  }

  /** Its pods' ranges, one of each family. */
  get podCIDRs(): readonly string[] {
    return this.cidrs;
  }

  setPodCIDR(cidr: string): void {
    if (cidr !== "") this.setPodCIDRs([cidr]);
  }

  /** Told by the Node object: one range, or one of each family. They can be set once, as spec.podCIDRs can. */
  setPodCIDRs(cidrs: readonly string[]): void {
    if (
      cidrs.length === 0 ||
      (cidrs.length === this.cidrs.length && cidrs.every((each, at) => each === this.cidrs[at]))
    )
      return;
    const ranges = cidrs.flatMap((cidr) => parseRange(cidr) ?? []);
    if (ranges.length < cidrs.length) throw new SystemError("EINVAL", cidrs.join(","));
    this.ranges = ranges;
    this.cidrs = cidrs;
    this.locals = {};
    this.allocators = ranges.map((range) => new HostLocalAllocator(range));
  }

  /** The node belongs to no cluster any more. */
  forgetPodCIDRs(): void {
    this.ranges = [];
    this.cidrs = [];
    this.locals = {};
    this.allocators = [];
  }

  /** Told by the Node object. */
  learn({ metadata, spec }: Node): void {
    if (spec.podCIDRs !== undefined) this.setPodCIDRs(spec.podCIDRs);
    else this.setPodCIDR(spec.podCIDR ?? "");
    this.zone = metadata.labels?.[ZONE] ?? "";
    this.balanced = metadata.labels?.[UNBALANCED] === undefined;
  }

  get powered(): boolean {
    return this.on;
  }

  power(on: boolean): void {
    this.on = on;
    if (on) this.poweredAt = this.fabric.sim.now;
    else {
      this.filter.forget();
      this.endpoints.forget();
      this.kept = new ServiceRules();
    }
    this.followRules();
  }

  /** Whether the API server tells the proxy of changes; while it doesn't the rules stay as they are. */
  set heardOf(connected: boolean) {
    this.connected = connected;
    this.followRules();
  }

  get proxyRunning(): boolean {
    return this.proxy;
  }

  set proxyRunning(running: boolean) {
    this.proxy = running;
    this.followRules();
  }

  /** Told by its proxy when that starts. */
  follow({ mode, minSyncMs, syncMs, traffic = {} }: ProxySettings): void {
    if (mode !== this.proxyMode) this.filter.leaveBehind(mode);
    this.proxyMode = mode;
    this.minSyncMs = minSyncMs;
    this.syncMs = syncMs;
    const { local, ...others } = traffic;
    const usual = typeof local === "object" && "ranges" in local && local.ranges === this.fabric.clusterCIDR;
    this.traffic = usual ? others : traffic;
    this.locals = {};
  }

  /** `kube-proxy --cleanup`: nothing is left of what proxies have written, until one writes anew. */
  cleanUp(): void {
    if (!this.proxy) this.kept = new ServiceRules();
    this.filter.cleanUp();
  }

  /** What its proxy takes for traffic of pods; undefined where it can't tell. */
  localTraffic(family: Family): LocalTraffic | undefined {
    const { local } = this.traffic;
    const mode =
      local === "NodeCIDR" ? { ranges: this.cidrs.join(",") } : (local ?? { ranges: this.fabric.clusterCIDR });
    const known = (this.locals[family] ??= localTraffic(mode, family) ?? "none");
    return known === "none" ? undefined : known;
  }

  /** Whether its proxy takes a client for a pod. */
  takesForPod(from: Station, source: number): boolean {
    if (this.traffic.local === undefined) return from.kind === "pod";
    return this.localTraffic(familyOf(source))?.takes(source, from.kind === "pod" && from.node === this) === true;
  }

  /** Whether its proxy hides a client behind the node's address that asks for a service by the service's own. */
  masquerades(from: Station, source: number): boolean {
    const { masqueradeAll = false, local } = this.traffic;
    if (masqueradeAll || from.kind === "laptop") return true;
    return local !== undefined && this.localTraffic(familyOf(source))?.takes(source, from.node === this) === false;
  }

  /** Whether node ports answer at an address of its own, or at loopback. */
  answersNodePortsAt(address: number): boolean {
    if (!isLoopback(address)) return answersNodePorts(this.traffic, address);
    const { localhostNodePorts = true, nodePortAddresses } = this.traffic;
    return localhostNodePorts && nodePortAddresses !== "primary" && answersNodePorts(this.traffic, address);
  }

  /** True iff its rules follow the newest. */
  get followsRules(): boolean {
    return this.kept === undefined;
  }

  /** A random number in [0, 1), for rules that ask for one. */
  chance(): number {
    return this.random.float();
  }

  /** The service rules in force on this node. */
  get rules(): ServiceRules {
    return this.kept ?? this.fabric.rules;
  }

  /** What answers at one of the proxy's own ports: a service's health check. */
  healthCheck(port: number): Listener | undefined {
    const rule = this.rules.healthPort(port);
    return rule === undefined || !this.proxy ? undefined : healthCheck(rule, this.name);
  }

  /** Whom the node asks for names. */
  get nameserver(): string {
    return this.fabric.nodeNameserver;
  }

  owns(address: number): boolean {
    return inRanges(this.ranges, address);
  }

  /** A way out of the node's own namespace. */
  port(options: PortOptions = {}): StationPort {
    return makePort(this.fabric, this.host, { ...options, namespace: "", dnsPolicy: options.dnsPolicy ?? "Default" });
  }

  /** Throws `SystemError` ENETUNREACH while the node has no range, ENOSPC when its range is used up. */
  attachPod(pod: PodIdentity): PodNetwork {
    if (pod.hostNetwork === true) return new AttachedPod(this.fabric, this.host, pod.namespace);
    const { allocators, fabric } = this;
    if (allocators.length === 0) throw new SystemError("ENETUNREACH", `node ${this.name} has no pod CIDR`);
    const own = this.allocate();
    const [address = -1, second] = own;
    const station = new Station("pod", `pod/${pod.namespace}/${pod.name}`, { address, second, node: this });
    for (const each of own) fabric.stations.set(each, station);
    this.mapPorts(station, pod.hostPorts ?? []);
    return new AttachedPod(fabric, station, pod.namespace);
  }

  /** Gives the addresses of a pod of this node back; does nothing when that has happened. */
  detachPod(station: Station): void {
    const { mappedPorts } = this;
    const { stations } = this.fabric;
    for (const [key, mapped] of mappedPorts) {
      const others = mapped.filter((each) => each.station !== station);
      if (others.length === 0) mappedPorts.delete(key);
      else mappedPorts.set(key, others);
    }
    if (stations.get(station.address) !== station) return;
    stations.delete(station.address);
    if (station.second >= 0) stations.delete(station.second);
    station.namespace.tearDown();
    this.allocators[0]?.release(station.address);
    this.allocators[1]?.release(station.second);
  }

  /** An address of each range. Throws ENOSPC, and then none is taken. */
  private allocate(): number[] {
    const own: number[] = [];
    for (const allocator of this.allocators) {
      const address = allocator.allocate();
      if (address === undefined) {
        own.forEach((each, at) => this.allocators[at]?.release(each));
        throw new SystemError("ENOSPC", `no IP addresses available in range set: ${allocator.text}`);
      }
      own.push(address);
    }
    return own;
  }

  /** The pod that a port of this node leads to at an address of its own, or at 127.0.0.1. */
  mappedPort(to: { address: number; port: number; protocol: Protocol }): MappedPort | undefined {
    if (this.mappedPorts.size === 0) return undefined;
    const { address, port, protocol } = to;
    if (isLoopback(address) && familyOf(address) === "IPv6") return undefined;
    const mapped = this.mappedPorts.get(protocol === "TCP" ? port : -port);
    return mapped?.find(({ at }) => at === undefined || at === address);
  }

  private mapPorts(station: Station, ports: readonly HostPort[]): void {
    for (const { hostIP = "", hostPort, containerPort, protocol } of ports) {
      const at = ANY_HOST_IP.has(hostIP) ? undefined : parseAddress(hostIP);
      const key = protocol === "TCP" ? hostPort : -hostPort;
      this.mappedPorts.set(key, [{ station, port: containerPort, at }, ...(this.mappedPorts.get(key) ?? [])]);
    }
  }

  private followRules(): void {
    if (this.on && this.proxy && this.connected) this.kept = undefined;
    else this.kept ??= this.fabric.rules.copy();
  }
}

/** A class, and no object of functions: each pod has one for as long as it lives. */
class AttachedPod implements PodNetwork {
  private readonly fabric: Fabric;
  private readonly station: Station;
  private readonly podNamespace: string;

  constructor(fabric: Fabric, station: Station, podNamespace: string) {
    this.fabric = fabric;
    this.station = station;
    this.podNamespace = podNamespace;
  }

  get ip(): string {
    return this.station.addressText;
  }

  get ips(): readonly string[] {
    return this.station.namespace.addresses;
  }

  get namespace(): NetworkNamespace {
    return this.station.namespace;
  }

  port(options: PortOptions = {}): NetworkPort {
    const { fabric, station, podNamespace: namespace } = this;
    return makePort(fabric, station, { ...options, namespace, dnsPolicy: options.dnsPolicy ?? "ClusterFirst" });
  }

  detach(): void {
    const { station } = this;
    // The node's own network stays when a pod that used it goes.
    if (station.kind === "pod") station.node?.detachPod(station);
  }
}

function makePort(
  fabric: Fabric,
  station: Station,
  options: PortOptions & { namespace: string; dnsPolicy: string },
): StationPort {
  const { namespace, dnsPolicy, dnsConfig, hosts } = options;
  const hostNetwork = station.kind === "node";
  const config = resolverConfig({ namespace, dnsPolicy, dnsConfig, hostNetwork }, fabric);
  return new StationPort(fabric, station, { hosts, config });
}
