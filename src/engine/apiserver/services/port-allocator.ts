/**
 * Node ports. Upstream: pkg/registry/core/service/portallocator; the low end is left to those who ask by number, as long as
 * there are others.
 */
import type { RandomStream } from "../../sim/random.ts";
import type { PortRange } from "../settings/port-range.ts";

export class PortAllocator {
  private readonly taken = new Set<number>();
  private readonly range: () => PortRange;

  /** `range`: asked each time, it may change. */
  constructor(range: () => PortRange) {
    this.range = range;
  }

  take(port: number): "taken" | "out-of-range" | undefined {
    const { first, last } = this.range();
    if (port < first || port > last) return "out-of-range";
    if (this.taken.has(port)) return "taken";
    this.taken.add(port);
    return undefined;
  }

  /** Takes some port; undefined when all are gone. */
  takeAny(random: RandomStream): number | undefined {
    const { first, last } = this.range();
    const dynamic = first + reservedPorts(last - first + 1);
    return this.takeBetween(dynamic, last, random) ?? this.takeBetween(first, dynamic - 1, random);
  }

  private takeBetween(first: number, last: number, random: RandomStream): number | undefined {
    const span = last - first + 1;
    if (span < 1) return undefined;
    const start = random.int(span);
    for (let i = 0; i < span; i++) {
      const port = first + ((start + i) % span);
      if (this.taken.has(port)) continue;
      this.taken.add(port);
      return port;
    }
    return undefined;
  }

  release(port: number): void {
    this.taken.delete(port);
  }
}

/** How many at the low end: the range's 32nd part, at least 16 and at most 128; none of a small range. */
function reservedPorts(size: number): number {
  return size <= 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 32)), 128);
}
