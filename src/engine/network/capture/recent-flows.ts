/** The last exchanges that are over, or go on by themselves: what each node that they passed still remembers of them. */
import type { Errno } from "../../base/program.ts";
import type { Fabric } from "../fabric.ts";
import type { NodeNetwork } from "../node-network.ts";
import type { Trace } from "../trace.ts";

export interface RecentFlow {
  readonly trace: Trace;
  readonly errno: Errno | undefined;
  /** When it was decided. */
  readonly at: number;
}

/** Simplified: so many of each node, and of all of them together at the most; a node of one's own remembers 262,144. */
const MOST = 512;
const MOST_OF_ALL = 65_536;

interface Ring {
  readonly flows: RecentFlow[];
  next: number;
}

export class RecentFlows {
  private readonly fabric: Pick<Fabric, "nodes" | "stations">;
  private readonly rings = new WeakMap<NodeNetwork, Ring>();

  constructor(fabric: Pick<Fabric, "nodes" | "stations">) {
    this.fabric = fabric;
  }

  note(trace: Trace, errno: Errno | undefined, at: number): void {
    const { from, proxy, to } = trace;
    const server = to ?? this.fabric.stations.get(trace.endpoint?.address ?? trace.address);
    const flow = { trace, errno, at };
    const [first, second, third] = [from.node, proxy, server?.node];
    if (first !== undefined) this.keep(first, flow);
    if (second !== undefined && second !== first) this.keep(second, flow);
    if (third !== undefined && third !== first && third !== second) this.keep(third, flow);
  }

  /** What has passed a node, or might have. */
  of(node: NodeNetwork): readonly RecentFlow[] {
    return this.rings.get(node)?.flows ?? [];
  }

  private keep(node: NodeNetwork, flow: RecentFlow): void {
    let ring = this.rings.get(node);
    if (ring === undefined) this.rings.set(node, (ring = { flows: [], next: 0 }));
    ring.flows[ring.next] = flow;
    ring.next = (ring.next + 1) % Math.min(MOST, Math.ceil(MOST_OF_ALL / this.fabric.nodes.size));
  }
}
