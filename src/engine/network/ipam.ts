/**
 * Addresses of one node's pods. Models the host-local IPAM plugin (containernetworking/plugins plugins/ipam/host-local):
 * the next free address after the one given out last, round and round; the first one is the bridge's own.
 */
import { addressAt, formatAddress, rangeSize } from "./address.ts";
import type { Range } from "./address.ts";

/** The range's own number and the bridge come first. */
const LOWEST = 2;

export class HostLocalAllocator {
  private readonly range: Range;
  private readonly highest: number;
  private readonly used = new Set<number>();
  private last = LOWEST - 1;

  constructor(range: Range) {
    this.range = range;
    // Of IPv4 the last one is for all.
    this.highest = rangeSize(range) - (range.ipv6 === undefined ? 2 : 1);
  }

  /** The next free address; undefined when the range is used up. */
  allocate(): number | undefined {
    if (this.used.size >= this.highest - LOWEST + 1) return undefined;
    let address: number;
    do {
      this.last = this.last >= this.highest ? LOWEST : this.last + 1;
      address = addressAt(this.range, this.last);
    } while (this.used.has(address));
    this.used.add(address);
    return address;
  }

  release(address: number): void {
    this.used.delete(address);
  }

  /** From the bridge's address to the highest. */
  get text(): string {
    return `${formatAddress(addressAt(this.range, 1))}-${formatAddress(addressAt(this.range, this.highest))}`;
  }
}
