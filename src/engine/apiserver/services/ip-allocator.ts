/**
 * Service addresses. Upstream: pkg/registry/core/service/ipallocator. The low end of the range is left to those who ask
 * for an address by name; the rest is handed out at random.
 */
import type { RandomStream } from "../../sim/random.ts";

export const SERVICE_RANGE = "10.96.0.0/12";
const BASE = (10 << 24) | (96 << 16);
/** Addresses after the network's own and before the broadcast one. */
const SIZE = 2 ** 20 - 2;
/** First offset that is handed out without being asked for. */
const DYNAMIC = 256;

export class IpAllocator {
  private readonly taken = new Set<number>();

  /** Takes this address; a word when it can't be had. */
  take(address: string): "taken" | "out-of-range" | undefined {
    const offset = offsetOf(address);
    if (offset === undefined) return "out-of-range";
    if (this.taken.has(offset)) return "taken";
    this.taken.add(offset);
    return undefined;
  }

  has(address: string): boolean {
    const offset = offsetOf(address);
    return offset !== undefined && this.taken.has(offset);
  }

  /** Takes some address; undefined when the range is full. */
  takeAny(random: RandomStream): string | undefined {
    const span = SIZE - DYNAMIC;
    const start = random.int(span);
    for (let i = 0; i < span; i++) {
      const offset = DYNAMIC + ((start + i) % span);
      if (this.taken.has(offset)) continue;
      this.taken.add(offset);
      return addressOf(offset);
    }
    return undefined;
  }

  release(address: string): void {
    const offset = offsetOf(address);
    if (offset !== undefined) this.taken.delete(offset);
  }
}

/** Offset 0 is 10.96.0.1. */
function addressOf(offset: number): string {
  const address = BASE + offset + 1;
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
}

function offsetOf(address: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return undefined;
  const value = parts.reduce((sum, part) => sum * 256 + part, 0);
  const offset = value - BASE - 1;
  return offset >= 0 && offset < SIZE ? offset : undefined;
}
