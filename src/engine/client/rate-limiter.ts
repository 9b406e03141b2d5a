/** How long a failing item waits before it is tried again. Upstream: client-go util/workqueue/default_rate_limiters.go. */

/** Delays per item. Upstream's default for controllers is 5 ms doubling to 1000 s. */
export class ExponentialRateLimiter {
  private readonly failures = new Map<string, number>();
  private readonly baseMs: number;
  private readonly maxMs: number;

  constructor(options: { baseMs?: number; maxMs?: number } = {}) {
    this.baseMs = options.baseMs ?? 5;
    this.maxMs = options.maxMs ?? 1_000_000;
  }

  /** Counts one more failure; the delay before the next try, in milliseconds. */
  when(item: string): number {
    const failed = this.failures.get(item) ?? 0;
    this.failures.set(item, failed + 1);
    return Math.min(this.baseMs * 2 ** failed, this.maxMs);
  }

  /** How often `item` failed since it was last forgotten. */
  retries(item: string): number {
    return this.failures.get(item) ?? 0;
  }

  forget(item: string): void {
    this.failures.delete(item);
  }
}
