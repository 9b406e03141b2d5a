/**
 * Addresses of one node's pods. Models the host-local IPAM plugin (containernetworking/plugins plugins/ipam/host-local):
 * the next free address after the one given out last, round and round; `.1` is the bridge's own.
 */
import type { Range } from "./address.ts";

export class HostLocalAllocator {
  private readonly range: Range;
  private readonly used = new Set<number>();
  private last: number;

  constructor(range: Range) {
    this.range = range;
    this.last = range.first + 1;
  }

  /** The next free address; undefined when the range is used up. */
  allocate(): number | undefined {
    const lowest = this.range.first + 2;
    const highest = this.range.last - 1;
    const count = highest - lowest + 1;
    if (this.used.size >= count) return undefined;
    let next = this.last;
    do next = next >= highest ? lowest : next + 1;
    while (this.used.has(next));
    this.used.add(next);
    this.last = next;
    return next;
  }

  release(address: number): void {
    this.used.delete(address);
  }
}
