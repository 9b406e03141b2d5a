/** Which of a service's endpoints a node's rules lead a client to. Upstream: pkg/proxy/{iptables,ipvs,nftables}. */
import type { RandomStream } from "../../sim/random.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { NodeNetwork } from "../node-network.ts";
import type { Endpoint, ServiceRule } from "../service-rules.ts";

/** Clients that a node remembers at most. */
const MAX_AFFINITIES = 100_000;

export class EndpointChoice {
  private readonly node: Pick<NodeNetwork, "proxyMode" | "traffic">;
  private readonly sim: Simulation;
  private readonly random: RandomStream;
  /** Whose turn it is of a service's endpoints, in IPVS mode. */
  private turns = new WeakMap<ServiceRule, number>();
  private readonly affinity = new Map<string, { endpoint: Endpoint; until: number }>();

  constructor(node: EndpointChoice["node"], how: { sim: Simulation; random: RandomStream }) {
    this.node = node;
    this.sim = how.sim;
    this.random = how.random;
  }

  /** The kernel has forgotten everything: the node's power is off. */
  forget(): void {
    this.turns = new WeakMap();
    this.affinity.clear();
  }

  /** A seeded random choice (in IPVS mode each in turn), or the one that this client was sent to before. */
  choose(rule: ServiceRule, choices: readonly Endpoint[], client: number): Endpoint {
    if (rule.affinityMs === 0) return this.next(rule, choices, client);
    const key = `${rule.title} ${client}`;
    const known = this.affinity.get(key);
    const { now } = this.sim;
    const stays =
      known !== undefined && known.until > now
        ? choices.find(({ address, port }) => address === known.endpoint.address && port === known.endpoint.port)
        : undefined;
    const endpoint = stays ?? this.next(rule, choices, client);
    if (this.affinity.size >= MAX_AFFINITIES) this.affinity.clear();
    this.affinity.set(key, { endpoint, until: now + rule.affinityMs });
    return endpoint;
  }

  /** Simplified: of the schedulers of IPVS those that look at addresses are; the others take turns, connections not being counted. */
  private next(rule: ServiceRule, choices: readonly Endpoint[], client: number): Endpoint {
    const { length } = choices;
    if (length === 1) return choices[0] as Endpoint;
    if (this.node.proxyMode !== "ipvs") return choices[this.random.int(length)] as Endpoint;
    const { scheduler } = this.node.traffic;
    if (scheduler === "sh" || scheduler === "dh")
      return choices[(scheduler === "sh" ? client : rule.address) % length] as Endpoint;
    const turn = this.turns.get(rule) ?? 0;
    this.turns.set(rule, turn + 1);
    return choices[turn % length] as Endpoint;
  }
}
