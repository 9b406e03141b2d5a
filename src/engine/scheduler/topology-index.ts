/** The domains of one topology: which value each node has for a label key, as small numbers. */
import type { NodeInfo } from "./node-info.ts";

export class TopologyIndex {
  readonly key: string;
  /** By slot: the number of the node's value, -1 for a node without the label. */
  readonly domainOf: number[] = [];
  /** How many values there are. */
  readonly size: number;
  /** True iff every node has the label. */
  readonly complete: boolean;

  constructor(key: string, nodes: readonly NodeInfo[]) {
    this.key = key;
    let complete = true;
    const numbers = new Map<string, number>();
    for (const { slot, labels } of nodes) {
      const value = labels[key];
      let number = value === undefined ? -1 : numbers.get(value);
      if (number === -1) complete = false;
      if (number === undefined) {
        number = numbers.size;
        numbers.set(value as string, number);
      }
      while (this.domainOf.length < slot) this.domainOf.push(-1);
      this.domainOf[slot] = number;
    }
    this.size = numbers.size;
    this.complete = complete;
  }
}
