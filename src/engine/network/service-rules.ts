/**
 * What kube-proxy makes of Services and EndpointSlices. Upstream: pkg/proxy/iptables/proxier.go, pkg/proxy/topology.go.
 * Rules are shared by all nodes and never change: a change makes new rules for the changed service alone, in O(its ports),
 * and its endpoints are worked out when the first connection asks for them.
 *
 * Simplified: no topology hints and no trafficDistribution; a change is in force as soon as it is heard of.
 */
import type { EndpointSlice, Service, ServicePort } from "../api/generated/types.ts";
import { keyOf } from "../api/meta/object.ts";
import { SECOND } from "../base/time.ts";
import { parseAddress } from "./address.ts";

/** Where a connection can be sent. */
export interface Endpoint {
  readonly address: number;
  readonly port: number;
  readonly nodeName: string;
}

export type TrafficPolicy = "Cluster" | "Local";
export type Protocol = "TCP" | "UDP";

interface Usable {
  readonly everywhere: readonly Endpoint[];
  readonly byNode: ReadonlyMap<string, readonly Endpoint[]>;
}

/** How long ClientIP affinity lasts unless the service says otherwise. */
const AFFINITY_SECONDS = 10_800;
const NO_ENDPOINTS: readonly Endpoint[] = [];

/** One port of one service. */
export class ServiceRule {
  /** `namespace/name`. */
  readonly service: string;
  /** `10.96.0.1:443`: for people. */
  readonly title: string;
  readonly address: number;
  readonly port: number;
  readonly protocol: Protocol;
  /** 0: none. */
  readonly nodePort: number;
  readonly internalPolicy: TrafficPolicy;
  readonly externalPolicy: TrafficPolicy;
  /** Milliseconds that a client sticks to its endpoint; 0 without session affinity. */
  readonly affinityMs: number;
  private readonly portName: string;
  private readonly slices: readonly EndpointSlice[];
  private usable: Usable | undefined;

  constructor(service: Service, port: ServicePort, slices: readonly EndpointSlice[]) {
    const { spec } = service;
    this.service = keyOf(service);
    this.title = `${spec.clusterIP}:${port.port}`;
    this.address = parseAddress(spec.clusterIP ?? "");
    this.port = port.port;
    this.protocol = port.protocol === "UDP" ? "UDP" : "TCP";
    const exposed = spec.type === "NodePort" || spec.type === "LoadBalancer";
    this.nodePort = exposed ? (port.nodePort ?? 0) : 0;
    this.internalPolicy = spec.internalTrafficPolicy === "Local" ? "Local" : "Cluster";
    this.externalPolicy = spec.externalTrafficPolicy === "Local" ? "Local" : "Cluster";
    const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_SECONDS;
    this.affinityMs = spec.sessionAffinity === "ClientIP" ? seconds * SECOND : 0;
    this.portName = port.name ?? "";
    this.slices = slices;
  }

  get count(): number {
    return this.endpoints.everywhere.length;
  }

  get hasEndpoints(): boolean {
    return this.count > 0;
  }

  choices(policy: TrafficPolicy, nodeName: string): readonly Endpoint[] {
    if (policy === "Cluster") return this.endpoints.everywhere;
    return this.endpoints.byNode.get(nodeName) ?? NO_ENDPOINTS;
  }

  private get endpoints(): Usable {
    return (this.usable ??= usableEndpoints(this.slices, this.portName, this.protocol));
  }
}

interface Candidate extends Endpoint {
  readonly ready: boolean;
}

/**
 * Ready endpoints; where there are none at all, those that still serve while they terminate. A node that asks for its own
 * makes that choice among its own.
 */
function usableEndpoints(slices: readonly EndpointSlice[], portName: string, protocol: Protocol): Usable {
  const all: Candidate[] = [];
  const seen = new Set<number>();
  for (const slice of slices) {
    if (slice.addressType !== "IPv4") continue;
    const port = slice.ports?.find(
      (candidate) => (candidate.name ?? "") === portName && (candidate.protocol ?? "TCP") === protocol,
    )?.port;
    if (port === undefined) continue;
    for (const { addresses, conditions, nodeName = "" } of slice.endpoints ?? []) {
      const address = parseAddress(addresses[0] ?? "");
      const ready = conditions?.ready !== false;
      const serving = conditions?.serving ?? ready;
      if (
        address < 0 ||
        seen.has(address * 65536 + port) ||
        !(ready || (serving && conditions?.terminating === true))
      ) {
        continue;
      }
      seen.add(address * 65536 + port);
      all.push({ address, port, nodeName, ready });
    }
  }
  const nodes = new Map<string, Candidate[]>();
  for (const candidate of all) {
    const members = nodes.get(candidate.nodeName);
    if (members === undefined) nodes.set(candidate.nodeName, [candidate]);
    else members.push(candidate);
  }
  const byNode = new Map<string, readonly Endpoint[]>();
  for (const [node, members] of nodes) byNode.set(node, readyFirst(members));
  return { everywhere: readyFirst(all), byNode };
}

function readyFirst(candidates: readonly Candidate[]): readonly Endpoint[] {
  const ready = candidates.filter((candidate) => candidate.ready);
  return ready.length > 0 ? ready : candidates;
}

/** Rules by what a packet is addressed to. */
export class ServiceRules {
  private readonly tcp = new Map<number, ServiceRule>();
  private readonly udp = new Map<number, ServiceRule>();
  /** TCP by the port, UDP by its negative. */
  private readonly byNodePort = new Map<number, ServiceRule>();

  clusterIP(address: number, port: number, protocol: Protocol = "TCP"): ServiceRule | undefined {
    return (protocol === "TCP" ? this.tcp : this.udp).get(address * 65536 + port);
  }

  nodePort(port: number, protocol: Protocol = "TCP"): ServiceRule | undefined {
    return this.byNodePort.get(protocol === "TCP" ? port : -port);
  }

  add(rule: ServiceRule): void {
    (rule.protocol === "TCP" ? this.tcp : this.udp).set(rule.address * 65536 + rule.port, rule);
    if (rule.nodePort !== 0) this.byNodePort.set(nodePortKey(rule), rule);
  }

  /** Takes a rule out unless another has taken its place. */
  remove(rule: ServiceRule): void {
    const table = rule.protocol === "TCP" ? this.tcp : this.udp;
    const key = rule.address * 65536 + rule.port;
    if (table.get(key) === rule) table.delete(key);
    if (this.byNodePort.get(nodePortKey(rule)) === rule) this.byNodePort.delete(nodePortKey(rule));
  }

  /** The rules as they are now. A rule never changes, so only the tables are copied. */
  copy(): ServiceRules {
    const copy = new ServiceRules();
    for (const rule of this.tcp.values()) copy.add(rule);
    for (const rule of this.udp.values()) copy.add(rule);
    return copy;
  }
}

function nodePortKey({ protocol, nodePort }: ServiceRule): number {
  return protocol === "TCP" ? nodePort : -nodePort;
}
