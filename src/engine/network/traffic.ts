/**
 * How much goes over each edge: from whom to which service, from a service to which pod. Counted at each exchange, told
 * once a virtual second as one journal line of kind "traffic" an edge; where nothing goes nothing is told and no timer runs.
 */
import type { Simulation } from "../sim/simulation.ts";
import type { Exchange, Trace } from "./trace.ts";

const TELL_EVERY = 1000;

interface Edge {
  readonly from: string;
  readonly to: string;
  requests: number;
  errors: number;
  /** Sum of all answers' milliseconds. */
  ms: number;
}

/** JSON of a "traffic" line. */
export interface EdgeTraffic {
  from: string;
  to: string;
  /** In the last second. */
  requests: number;
  /** Of them: unanswered, or answered 500 and above. */
  errors: number;
  /** Mean time until the answer. */
  ms: number;
}

export class TrafficCounters {
  private readonly sim: Simulation;
  private readonly edges = new Map<string, Map<string, Edge>>();
  private telling = false;

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  count(outcome: Exchange): void {
    const { trace } = outcome;
    const bad = !outcome.ok || outcome.response.status >= 500;
    const ms = outcome.latencyMs === Infinity ? 0 : outcome.latencyMs;
    for (const [from, to] of edgesOf(trace)) this.add(from, to, { bad, ms });
    if (this.telling) return;
    this.telling = true;
    this.sim.after(TELL_EVERY, () => this.tell(), { background: true });
  }

  private add(from: string, to: string, { bad, ms }: { bad: boolean; ms: number }): void {
    let targets = this.edges.get(from);
    if (targets === undefined) this.edges.set(from, (targets = new Map()));
    let edge = targets.get(to);
    if (edge === undefined) targets.set(to, (edge = { from, to, requests: 0, errors: 0, ms: 0 }));
    edge.requests++;
    if (bad) edge.errors++;
    edge.ms += ms;
  }

  private tell(): void {
    this.telling = false;
    for (const targets of this.edges.values()) {
      for (const { from, to, requests, errors, ms } of targets.values()) {
        const told: EdgeTraffic = { from, to, requests, errors, ms: Math.round(ms / requests) };
        this.sim.record("traffic", { actor: from, subject: to, detail: JSON.stringify(told) });
      }
    }
    this.edges.clear();
  }
}

/** The stations that a packet passed, by pairs. */
function edgesOf({ from, rule, via, proxy, to }: Trace): [from: string, to: string][] {
  const end = to === undefined || to === from ? undefined : to.name;
  if (rule === undefined) return end === undefined ? [] : [[from.name, end]];
  const service = `service/${rule.service}`;
  const edges: [string, string][] = [];
  const node = via === "nodePort" && proxy !== undefined && proxy.host !== from ? proxy.host.name : undefined;
  if (node !== undefined) edges.push([from.name, node], [node, service]);
  else edges.push([from.name, service]);
  if (to !== undefined) edges.push([service, to.name]);
  return edges;
}
