/** What was said of nodes; a Map is one, too. */
import type { Verdict } from "./framework.ts";
import type { NodeInfo } from "./node-info.ts";

export interface NodeVerdictMap {
  readonly size: number;
  get(node: NodeInfo): Verdict | undefined;
  values(): Iterable<Verdict>;
  /** How many nodes each verdict was said of; absent where nobody has counted. */
  readonly counts?: ReadonlyMap<Verdict, number>;
  [Symbol.iterator](): Iterator<readonly [NodeInfo, Verdict]>;
}

/** Each verdict once, in the order in which they first come, with how often they come. Thousands of nodes share few. */
export function countVerdicts(verdicts: Iterable<Verdict>): Map<Verdict, number> {
  const counts = new Map<Verdict, number>();
  let last: Verdict | undefined;
  let inRow = 0;
  const enter = (): void => void (last !== undefined && counts.set(last, (counts.get(last) ?? 0) + inRow));
  for (const verdict of verdicts) {
    if (verdict !== last) {
      enter();
      last = verdict;
      inRow = 0;
    }
    inRow++;
  }
  enter();
  return counts;
}

/** Two lists, for thousands of nodes: a Map of them takes a hundred times as long to fill. */
export class VerdictList implements NodeVerdictMap {
  private readonly nodes: readonly NodeInfo[];
  private readonly verdicts: readonly Verdict[];
  /** Places by slot, one more than they are; made when the first one is asked for. */
  private bySlot: Int32Array | undefined;
  private counted: ReadonlyMap<Verdict, number> | undefined;

  constructor(nodes: readonly NodeInfo[], verdicts: readonly Verdict[]) {
    this.nodes = nodes;
    this.verdicts = verdicts;
  }

  get counts(): ReadonlyMap<Verdict, number> {
    return (this.counted ??= countVerdicts(this.verdicts));
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
