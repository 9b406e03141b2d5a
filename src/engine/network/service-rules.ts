/**
 * What kube-proxy makes of Services and EndpointSlices. Upstream: pkg/proxy/iptables/proxier.go, pkg/proxy/topology.go.
 * Rules are immutable and shared by all nodes; a change makes new rules for the changed service alone.
 */

/** Where a connection can be sent. */
export interface Endpoint {
  readonly address: number;
  readonly port: number;
  readonly nodeName: string;
}

export type TrafficPolicy = "Cluster" | "Local";

/** One port of one service. Never changed once made. */
export class ServiceRule {
  /** `namespace/name`. */
  readonly service: string;
  /** `10.96.0.1:443`: for people. */
  readonly title: string;
  readonly nodePort: number;
  readonly internalPolicy: TrafficPolicy;
  readonly externalPolicy: TrafficPolicy;
  /** Milliseconds that a client sticks to its endpoint; 0 without session affinity. */
  readonly affinityMs: number;
  private readonly endpoints: readonly Endpoint[];
  /** Usable endpoints of each node, for policy Local. */
  private readonly local: ReadonlyMap<string, readonly Endpoint[]> | undefined;

  constructor(options: {
    service: string;
    title: string;
    nodePort: number;
    internalPolicy: TrafficPolicy;
    externalPolicy: TrafficPolicy;
    affinityMs: number;
    endpoints: readonly Endpoint[];
    local: ReadonlyMap<string, readonly Endpoint[]> | undefined;
  }) {
    this.service = options.service;
    this.title = options.title;
    this.nodePort = options.nodePort;
    this.internalPolicy = options.internalPolicy;
    this.externalPolicy = options.externalPolicy;
    this.affinityMs = options.affinityMs;
    this.endpoints = options.endpoints;
    this.local = options.local;
  }

  get count(): number {
    return this.endpoints.length;
  }

  get hasEndpoints(): boolean {
    return this.endpoints.length > 0;
  }

  choices(policy: TrafficPolicy, nodeName: string): readonly Endpoint[] {
    if (policy === "Cluster") return this.endpoints;
    return this.local?.get(nodeName) ?? NO_ENDPOINTS;
  }
}

const NO_ENDPOINTS: readonly Endpoint[] = [];

export type Protocol = "TCP" | "UDP";

/** Rules by what a packet is addressed to. */
export class ServiceRules {
  private readonly byClusterIP = new Map<number, ServiceRule>();
  private readonly byNodePort = new Map<number, ServiceRule>();
  private readonly udp = new Map<number, ServiceRule>();

  clusterIP(address: number, port: number, protocol: Protocol = "TCP"): ServiceRule | undefined {
    return (protocol === "TCP" ? this.byClusterIP : this.udp).get(address * 65536 + port);
  }

  nodePort(port: number): ServiceRule | undefined {
    return this.byNodePort.get(port);
  }

  set(protocol: Protocol, place: { address: number; port: number }, rule: ServiceRule): void {
    if (protocol === "UDP") {
      this.udp.set(place.address * 65536 + place.port, rule);
      return;
    }
    this.byClusterIP.set(place.address * 65536 + place.port, rule);
    if (rule.nodePort !== 0) this.byNodePort.set(rule.nodePort, rule);
  }

  remove(protocol: Protocol, place: { address: number; port: number; nodePort: number }): void {
    if (protocol === "UDP") {
      this.udp.delete(place.address * 65536 + place.port);
      return;
    }
    this.byClusterIP.delete(place.address * 65536 + place.port);
    this.byNodePort.delete(place.nodePort);
  }

  /** The rules as they are now. Rules are immutable, so only the tables are copied. */
  copy(): ServiceRules {
    const copy = new ServiceRules();
    for (const [key, rule] of this.byClusterIP) copy.byClusterIP.set(key, rule);
    for (const [key, rule] of this.byNodePort) copy.byNodePort.set(key, rule);
    for (const [key, rule] of this.udp) copy.udp.set(key, rule);
    return copy;
  }
}
