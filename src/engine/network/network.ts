/**
 * The cluster's network: pod addresses, service rules, names, and the exchanges that go over it. What a CNI plugin with
 * one flat pod network, kube-proxy on every node and CoreDNS do together.
 */
import type { Node } from "../api/generated/types.ts";
import { nodes } from "../api/core/node.ts";
import { assert } from "../base/assert.ts";
import { dnsMessage } from "../base/dns.ts";
import type { DnsQuestion, DnsRecord, DnsReply, RecordType } from "../base/dns.ts";
import type { HttpRequest } from "../base/program.ts";
import type { Client } from "../client/client.ts";
import { InformerFactory } from "../client/informer-factory.ts";
import type { NetworkPort } from "../runtime/network-port.ts";
import type { Simulation } from "../sim/simulation.ts";
import { parseAddress, parseRanges } from "./address.ts";
import { RecentFlows } from "./capture/recent-flows.ts";
import { Taps } from "./capture/taps.ts";
import { trackedAt } from "./capture/tracked.ts";
import { tellExchange } from "./capture/tell-exchange.ts";
import { exchange } from "./exchange.ts";
import type { Fabric } from "./fabric.ts";
import { internetStations, publicRecords } from "./internet/internet.ts";
import type { PublishedFiles } from "./internet/published.ts";
import { Links } from "./links.ts";
import type { LinkFault } from "./links.ts";
import { NodeNetwork } from "./node-network.ts";
import type { ProxySettings } from "./proxy-settings.ts";
import { watchPolicies } from "./policy/policy-watch.ts";
import { StationPort } from "./port.ts";
import type { RuleSync } from "./rule-sync.ts";
import type { ResolverConfig } from "./resolver-config.ts";
import { ServiceRules } from "./service-rules.ts";
import { watchServices } from "./service-watch.ts";
import { Station } from "./station.ts";
import type { Exchange } from "./trace.ts";
import { TrafficCounters } from "./traffic.ts";

export interface NetworkOptions {
  sim: Simulation;
  client: Client;
  /** The network plugin, who reads pods, namespaces and network policies. */
  policyClient: Client;
  /** One range, or one of each family. */
  serviceCIDR?: string;
  /** Where pods' addresses come from, as kube-proxy is told: the same; "" when it isn't. */
  clusterCIDR?: string;
  /** Of the learner's machine in the nodes' network, whose gateway and name server it is. */
  laptopAddress?: string;
  /** The same where that network has IPv6. */
  laptopAddress6?: string | undefined;
  clusterDomain?: string;
  dnsIP?: string;
  /** What projects of the world outside publish; absent: nothing. */
  published?: PublishedFiles;
}

/** The gateway of minikube's network. */
const LAPTOP_ADDRESS = "192.168.49.1";
const LAPTOP_RESOLVER: ResolverConfig = { nameservers: ["127.0.0.1"], searches: [], options: [], ndots: 1 };
const DNS_PORT = 53;
/** Until a server of the world outside has answered. */
const OUTSIDE_MS = 12;

/** Records of a name of the world outside (lower case, no final dot); undefined when there is no such name. */
export type UpstreamResolver = (name: string, type: RecordType) => readonly DnsRecord[] | undefined;

export class Network {
  private readonly fabric: Fabric;
  private readonly informers: InformerFactory;
  private readonly policyInformers: InformerFactory;
  private readonly laptop: Station;
  private readonly sync: RuleSync;
  private outside: UpstreamResolver = publicRecords;

  constructor(options: NetworkOptions) {
    const { sim, client, clusterDomain = "cluster.local", dnsIP = "10.96.0.10" } = options;
    const { serviceCIDR = "10.96.0.0/12", laptopAddress = LAPTOP_ADDRESS } = options;
    this.informers = new InformerFactory(sim, client);
    this.policyInformers = new InformerFactory(sim, options.policyClient);
    const rules = new ServiceRules();
    const places: Pick<Fabric, "stations" | "nodes"> = { stations: new Map(), nodes: new Map() };
    const fabric: Fabric = {
      sim,
      ...places,
      rules,
      policies: watchPolicies(this.policyInformers),
      balancing: sim.random("load-balancer"),
      tunnel: undefined,
      links: new Links(sim.random("links")),
      traffic: new TrafficCounters(sim),
      serviceCIDR,
      clusterCIDR: options.clusterCIDR ?? "",
      serviceRanges: parseRanges(serviceCIDR),
      dnsIP,
      clusterDomain,
      nodeNameserver: laptopAddress,
      recent: new RecentFlows(places),
      taps: new Taps(sim),
      exchange(from, request) {
        const outcome = exchange(fabric, from, request);
        fabric.recent.note(outcome.trace, outcome.ok ? undefined : outcome.errno, sim.now);
        return fabric.taps.active ? tellExchange(fabric, outcome, request) : outcome;
      },
      passed: 0,
    };
    this.fabric = fabric;
    this.sync = watchServices(sim, this.informers, rules);
    this.sync.onWritten = (services) => {
      for (const { filter } of fabric.nodes.values()) filter.proxyWrites(services);
    };
    this.laptop = new Station("laptop", "laptop", {
      address: parseAddress(laptopAddress),
      second: options.laptopAddress6 === undefined ? undefined : parseAddress(options.laptopAddress6),
      node: undefined,
    });
    fabric.stations.set(this.laptop.address, this.laptop);
    if (this.laptop.second >= 0) fabric.stations.set(this.laptop.second, this.laptop);
    for (const station of internetStations(sim, options.published ?? (() => undefined)))
      fabric.stations.set(station.address, station);
    this.laptop.namespace.bindNames(DNS_PORT, (question) => this.outsideName(question));
    const learn = (node: Node): void => this.node(node.metadata.name)?.learn(node);
    this.informers.informer(nodes).addHandler({ onAdd: learn, onUpdate: learn });
  }

  start(): void {
    this.informers.start();
    this.policyInformers.start();
  }

  /** Nothing is learnt any more; rules and addresses stay as they are. */
  stop(): void {
    this.informers.stop();
    this.policyInformers.stop();
  }

  addNode(options: { name: string; address: string; address6?: string | undefined }): NodeNetwork {
    const { nodes: known, stations } = this.fabric;
    assert(!known.has(options.name), "a node twice", options.name);
    const { address, address6 } = options;
    const node = new NodeNetwork(this.fabric, options.name, address6 === undefined ? [address] : [address, address6]);
    assert(!stations.has(node.host.address), "an address twice", options.address);
    node.host.namespace.tracked = () => trackedAt(this.fabric, node);
    known.set(node.name, node);
    stations.set(node.host.address, node.host);
    if (node.host.second >= 0) stations.set(node.host.second, node.host);
    return node;
  }

  /** Takes the node and all of its pods off the network. */
  removeNode(name: string): void {
    const { nodes: known, stations } = this.fabric;
    if (!known.delete(name)) return;
    for (const [address, station] of stations) if (station.node?.name === name) stations.delete(address);
  }

  /** A node's proxy has come up in a mode, or is down. */
  setProxy(name: string, settings: ProxySettings | undefined): void {
    const node = this.node(name);
    if (node === undefined) return;
    if (settings !== undefined) {
      node.follow(settings);
      let slowest = 0;
      for (const { minSyncMs } of this.fabric.nodes.values()) slowest = Math.max(slowest, minSyncMs);
      this.sync.minPeriod = slowest;
      // A proxy that starts writes what it finds.
      this.sync.run();
    }
    node.proxyRunning = settings !== undefined;
    if (settings !== undefined) node.filter.proxyStarted();
  }

  node(name: string): NodeNetwork | undefined {
    return this.fabric.nodes.get(name);
  }

  /** Where the learner's terminal lives: outside the cluster, beside the nodes. */
  laptopPort(options: { hosts?: () => string } = {}): NetworkPort {
    return new StationPort(this.fabric, this.laptop, { hosts: options.hosts, config: LAPTOP_RESOLVER });
  }

  /** Who knows the names of the world outside. */
  connectUpstream(resolver: UpstreamResolver): void {
    this.outside = resolver;
  }

  /** What the resolver of the learner's machine answers: names of nodes, then those of the world outside. */
  private outsideName({ name, type }: DnsQuestion): DnsReply {
    const node = this.fabric.nodes.get(name);
    const records: readonly DnsRecord[] | undefined =
      node === undefined
        ? this.outside(name, type)
        : type === "A"
          ? [{ name, type, ttl: 600, data: node.host.addressText }]
          : type === "AAAA" && node.host.secondText !== ""
            ? [{ name, type, ttl: 600, data: node.host.secondText }]
            : [];
    const message = dnsMessage({
      recursion: true,
      rcode: records === undefined ? "NXDOMAIN" : "NOERROR",
      answer: records ?? [],
    });
    return { message, latencyMs: node === undefined && name.includes(".") ? OUTSIDE_MS : 0 };
  }

  /** What `minikube tunnel` does: leads the learner's machine to service addresses by way of a node, or no longer. */
  setTunnel(nodeName: string | undefined): void {
    this.fabric.tunnel = nodeName === undefined ? undefined : this.node(nodeName);
  }

  /** Breaks or mends the link between two nodes, or all links of one. */
  setLink(from: string, to: string | undefined, fault: Partial<LinkFault>): void {
    this.fabric.links.set(from, to, fault);
  }

  /** False when no packet gets from one node to the other. */
  linked(from: string, to: string): boolean {
    return !this.fabric.links.between(from, to).cut;
  }

  /** One request and its answer, decided now; no time passes and nothing is journalled. */
  exchange(from: NetworkPort, request: HttpRequest): Exchange {
    return exchange(this.fabric, from, request);
  }
}
