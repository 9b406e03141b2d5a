/**
 * How many pods of some kind are on each node, and in each domain of the topologies that somebody asked for. Both are kept
 * up pod by pod, so that a scheduling cycle adds up nothing.
 */
import type { TopologyIndex } from "./topology-index.ts";

/** Sums by domain of one topology. `total` leaves out nodes without the topology's label. */
export class DomainSums {
  readonly index: TopologyIndex;
  /** By the domain's number. */
  readonly sums: number[];
  total = 0;

  constructor(index: TopologyIndex, counts: readonly number[]) {
    this.index = index;
    this.sums = Array.from({ length: index.size }, () => 0);
    // Holes are skipped.
    counts.forEach((count, slot) => this.add(slot, count));
  }

  add(slot: number, amount: number): void {
    const domain = this.index.domainOf[slot] ?? -1;
    if (domain < 0) return;
    this.sums[domain] = (this.sums[domain] as number) + amount;
    this.total += amount;
  }

  /** The sum of the domain that the node is in; 0 for a node without the label. */
  at(slot: number): number {
    const domain = this.index.domainOf[slot] ?? -1;
    return domain < 0 ? 0 : (this.sums[domain] as number);
  }
}

export class SlotCounts {
  /** By slot of the node; a hole is 0. */
  private readonly counts: number[] = [];
  /** One for each topology key that was asked for. */
  private readonly domains: DomainSums[] = [];
  total = 0;

  on(slot: number): number {
    return this.counts[slot] ?? 0;
  }

  change(slot: number, by: 1 | -1): void {
    this.counts[slot] = this.on(slot) + by;
    this.total += by;
    for (const sums of this.domains) sums.add(slot, by);
  }

  /** Valid until the topology changes: then there is another index to ask with. */
  by(index: TopologyIndex): DomainSums {
    const at = this.domains.findIndex((known) => known.index.key === index.key);
    const known = this.domains[at];
    if (known?.index === index) return known;
    const sums = new DomainSums(index, this.counts);
    this.domains[at < 0 ? this.domains.length : at] = sums;
    return sums;
  }
}
