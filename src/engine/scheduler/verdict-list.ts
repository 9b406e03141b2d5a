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
    const places = (this.bySlot ??= placesOf(this.nodes));
    const place = (places[node.slot] ?? 0) - 1;
    return this.nodes[place] === node ? this.verdicts[place] : undefined;
  }

  values(): Iterable<Verdict> {
    return this.verdicts;
  }

  *[Symbol.iterator](): Iterator<readonly [NodeInfo, Verdict]> {
    for (const [place, node] of this.nodes.entries()) yield [node, this.verdicts[place] as Verdict];
  }
}

/** Loops by index: an iterator's pairs for thousands of nodes took a third of the time that a pod without room costs. */
function placesOf(nodes: readonly NodeInfo[]): Int32Array {
  let most = 0;
  for (let place = 0; place < nodes.length; place++) most = Math.max(most, (nodes[place] as NodeInfo).slot);
  const places = new Int32Array(most + 1);
  for (let place = 0; place < nodes.length; place++) places[(nodes[place] as NodeInfo).slot] = place + 1;
  return places;
}
