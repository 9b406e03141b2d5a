/** Node ports. Upstream: pkg/registry/core/service/portallocator; the low end is left to those who ask by number. */
import type { RandomStream } from "../../sim/random.ts";

export const FIRST_NODE_PORT = 30000;
export const LAST_NODE_PORT = 32767;
/** First port that is handed out without being asked for: the range's 32nd part, at least 16 and at most 128, above its start. */
const FIRST_DYNAMIC = FIRST_NODE_PORT + 86;

export class PortAllocator {
  private readonly taken = new Set<number>();

  take(port: number): "taken" | "out-of-range" | undefined {
    if (port < FIRST_NODE_PORT || port > LAST_NODE_PORT) return "out-of-range";
    if (this.taken.has(port)) return "taken";
    this.taken.add(port);
    return undefined;
  }

  /** Takes some port; undefined when all are gone. */
  takeAny(random: RandomStream): number | undefined {
    const span = LAST_NODE_PORT - FIRST_DYNAMIC + 1;
    const start = random.int(span);
    for (let i = 0; i < span; i++) {
      const port = FIRST_DYNAMIC + ((start + i) % span);
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
