/**
 * The cluster's network: pod addresses, service rules, names, and the exchanges that go over it. What a CNI plugin with
 * one flat pod network, kube-proxy on every node and CoreDNS do together.
 */
import { assert } from "../base/assert.ts";
import type { HttpRequest } from "../base/program.ts";
import type { Client } from "../client/client.ts";
import type { NetworkPort } from "../runtime/network-port.ts";
import type { Simulation } from "../sim/simulation.ts";
import { parseAddress } from "./address.ts";
import { exchange } from "./exchange.ts";
import type { Fabric } from "./fabric.ts";
import { NameServer } from "./name-server.ts";
import { NodeNetwork } from "./node-network.ts";
import { StationPort } from "./port.ts";
import { ServiceRules } from "./service-rules.ts";
import { Station } from "./station.ts";
import type { Exchange } from "./trace.ts";

export interface NetworkOptions {
  sim: Simulation;
  client: Client;
  serviceCIDR?: string;
  clusterDomain?: string;
  dnsIP?: string;
}

/** The first address of the range that nodes of the usual presets live in: the learner's machine. */
const LAPTOP_ADDRESS = "192.168.49.1";

export class Network {
  private readonly fabric: Fabric;

  constructor(options: NetworkOptions) {
    const { sim, clusterDomain = "cluster.local", dnsIP = "10.96.0.10" } = options;
    const fabric: Fabric = {
      sim,
      stations: new Map(),
      nodes: new Map(),
      rules: new ServiceRules(),
      names: new NameServer({ service: () => undefined, slices: () => [] }, sim.random("dns"), clusterDomain),
      dnsIP,
      clusterDomain,
      exchange: (from, request) => exchange(fabric, from, request),
    };
    this.fabric = fabric;
  }

  start(): void {}

  stop(): void {}

  addNode(options: { name: string; address: string }): NodeNetwork {
    const { nodes, stations } = this.fabric;
    assert(!nodes.has(options.name), "a node twice", options.name);
    const node = new NodeNetwork(this.fabric, options.name, options.address);
    assert(!stations.has(node.host.address), "an address twice", options.address);
    nodes.set(node.name, node);
    stations.set(node.host.address, node.host);
    return node;
  }

  /** Takes the node and all of its pods off the network. */
  removeNode(name: string): void {
    const { nodes, stations } = this.fabric;
    if (!nodes.delete(name)) return;
    for (const [address, station] of stations) if (station.node?.name === name) stations.delete(address);
  }

  node(name: string): NodeNetwork | undefined {
    return this.fabric.nodes.get(name);
  }

  /** Where the learner's terminal lives: outside the cluster, beside the nodes. */
  laptopPort(options: { hosts?: () => string } = {}): NetworkPort {
    const station = new Station("laptop", "laptop", { address: parseAddress(LAPTOP_ADDRESS), node: undefined });
    return new StationPort(this.fabric, station, { hosts: options.hosts });
  }

  /** One request and its answer, decided now; no time passes and nothing is journalled. */
  exchange(from: NetworkPort, request: HttpRequest): Exchange {
    return exchange(this.fabric, from, request);
  }
}
