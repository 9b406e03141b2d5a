/** How long a node's next failed pod stays before it is replaced. Upstream: failedPodsBackoff of the daemon set controller. */
import { MINUTE, SECOND } from "../../base/time.ts";

const FIRST_MS = SECOND;
const MAX_MS = 15 * MINUTE;

interface Entry {
  delay: number;
  since: number;
}

export class BackOff {
  private readonly entries = new Map<string, Entry>();

  /** Milliseconds to wait; 0: act, and say so with `next`. */
  remaining(key: string, now: number): number {
    const entry = this.entries.get(key);
    return entry === undefined ? 0 : Math.max(0, entry.since + entry.delay - now);
  }

  /** The delay doubles, unless it was calm for twice the longest delay. */
  next(key: string, now: number): void {
    for (const [other, { since }] of this.entries) if (now - since > 2 * MAX_MS) this.entries.delete(other);
    const entry = this.entries.get(key);
    const delay = entry === undefined ? FIRST_MS : Math.min(2 * entry.delay, MAX_MS);
    this.entries.set(key, { delay, since: now });
  }
}
