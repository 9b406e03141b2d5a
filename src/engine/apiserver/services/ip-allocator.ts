/**
 * Which service addresses are taken, over all ranges. Upstream: pkg/registry/core/service/ipallocator. The low end of a
 * range is left to those who ask for an address by name; the rest is handed out at random, and then the low end too.
 */
import type { RandomStream } from "../../sim/random.ts";
import { canonicalAddress, type AddressRange, type IPFamily } from "./address-range.ts";

export class IpAllocator {
  private readonly ranges: () => readonly AddressRange[];
  private readonly taken = new Set<string>();

  /** `ranges`: those that are ready, in the order in which they are tried. */
  constructor(ranges: () => readonly AddressRange[]) {
    this.ranges = ranges;
  }

  /** Takes this address; why it can't be had otherwise. */
  take(text: string): string | undefined {
    const problem = this.problemOf(text);
    if (problem === undefined) this.hold(text);
    return problem;
  }

  /** Why nobody can take this address now. */
  problemOf(text: string): string | undefined {
    const ranges = this.ranges();
    if (!ranges.some((range) => range.holds(text) === "yes")) {
      const near = ranges.find((range) => range.holds(text) === "outside");
      if (near === undefined) return "the provided network does not match the current range";
      return `the provided IP (${text}) is not in the valid range. The range of valid IPs is ${near.cidr}`;
    }
    return this.taken.has(canonicalAddress(text) ?? text) ? "provided IP is already allocated" : undefined;
  }

  /** Notes an address that a service has, in a range or not. */
  hold(text: string): void {
    this.taken.add(canonicalAddress(text) ?? text);
  }

  /** Takes some address; undefined when the ranges are full. */
  takeAny(family: IPFamily, random: RandomStream): string | undefined {
    for (const range of this.ranges()) {
      if (range.family !== family || range.size === 0) continue;
      const { dynamic, size } = range;
      const found =
        this.freeIn(range, { from: dynamic, to: size }, random) ?? this.freeIn(range, { from: 0, to: dynamic }, random);
      if (found === undefined) continue;
      this.taken.add(found);
      return found;
    }
    return undefined;
  }

  /** What a dry run shows. */
  placeholder(family: IPFamily): string | undefined {
    return this.ranges().find((range) => range.family === family)?.placeholder;
  }

  release(text: string): void {
    this.taken.delete(canonicalAddress(text) ?? text);
  }

  /** The addresses of a range that services have. */
  takenIn(range: AddressRange): string[] {
    return [...this.taken].filter((address) => range.holds(address) === "yes");
  }

  private freeIn(
    range: AddressRange,
    { from, to }: { from: number; to: number },
    random: RandomStream,
  ): string | undefined {
    const span = Math.min(to, range.size) - from;
    if (span <= 0) return undefined;
    const start = random.int(span);
    for (let i = 0; i < span; i++) {
      const address = range.addressAt(from + ((start + i) % span));
      if (!this.taken.has(address)) return address;
    }
    return undefined;
  }
}
