/** What was said of nodes; a Map is one, too. */
import type { Verdict } from "./framework.ts";
import type { NodeInfo } from "./node-info.ts";

export interface NodeVerdictMap {
  readonly size: number;
  get(node: NodeInfo): Verdict | undefined;
  values(): Iterable<Verdict>;
  [Symbol.iterator](): Iterator<readonly [NodeInfo, Verdict]>;
}

/** Two lists, for thousands of nodes: a Map of them takes a hundred times as long to fill. */
export class VerdictList implements NodeVerdictMap {
  private readonly nodes: readonly NodeInfo[];
  private readonly verdicts: readonly Verdict[];
  /** Places by slot, one more than they are; made when the first one is asked for. */
  private bySlot: Int32Array | undefined;

  constructor(nodes: readonly NodeInfo[], verdicts: readonly Verdict[]) {
    this.nodes = nodes;
    this.verdicts = verdicts;
  }

  get size(): number {
    return this.nodes.length;
  }

  get(node: NodeInfo): Verdict | undefined {
    if (this.bySlot === undefined) {
      this.bySlot = new Int32Array(this.nodes.reduce((most, { slot }) => Math.max(most, slot), 0) + 1);
      for (const [place, { slot }] of this.nodes.entries()) this.bySlot[slot] = place + 1;
    }
    const place = (this.bySlot[node.slot] ?? 0) - 1;
    return this.nodes[place] === node ? this.verdicts[place] : undefined;
  }

  values(): Iterable<Verdict> {
    return this.verdicts;
  }

  *[Symbol.iterator](): Iterator<readonly [NodeInfo, Verdict]> {
    for (const [place, node] of this.nodes.entries()) yield [node, this.verdicts[place] as Verdict];
  }
}
