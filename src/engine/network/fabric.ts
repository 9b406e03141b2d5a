/** What is attached where: the state that exchanges are decided upon. */
import type { HttpRequest } from "../base/program.ts";
import type { NetworkPort } from "../runtime/network-port.ts";
import type { RandomStream } from "../sim/random.ts";
import type { Simulation } from "../sim/simulation.ts";
import type { Range } from "./address.ts";
import type { RecentFlows } from "./capture/recent-flows.ts";
import type { Taps } from "./capture/taps.ts";
import type { Links } from "./links.ts";
import type { NodeNetwork } from "./node-network.ts";
import type { Policies } from "./policy/policies.ts";
import type { ServiceRules } from "./service-rules.ts";
import type { Station } from "./station.ts";
import type { Exchange } from "./trace.ts";
import type { TrafficCounters } from "./traffic.ts";

export interface Fabric {
  readonly sim: Simulation;
  /** Pods with an address of their own and nodes, by address. */
  readonly stations: Map<number, Station>;
  readonly nodes: Map<string, NodeNetwork>;
  /** The newest service rules; a node whose proxy stands still keeps a copy of older ones. */
  readonly rules: ServiceRules;
  readonly policies: Policies;
  /** Which node a load balancer takes. */
  readonly balancing: RandomStream;
  /** The node through which the learner's machine reaches service addresses, if any. */
  tunnel: NodeNetwork | undefined;
  readonly links: Links;
  readonly traffic: TrafficCounters;
  /** What nodes remember of exchanges. */
  readonly recent: RecentFlows;
  /** Who listens at interfaces. */
  readonly taps: Taps;
  readonly serviceCIDR: string;
  /** Where pods' addresses come from, as kube-proxy is told: one range, or one of each family; "" when it isn't. */
  readonly clusterCIDR: string;
  /** Addresses that belong to services. */
  readonly serviceRanges: readonly Range[];
  readonly dnsIP: string;
  readonly clusterDomain: string;
  /** Whom nodes ask for names, and their way out: the learner's machine, as the gateway of their network. */
  readonly nodeNameserver: string;
  exchange(from: NetworkPort, request: HttpRequest): Exchange;
  /** How many requests are being answered at this instant, each on behalf of the one before. */
  passed: number;
}
