/**
 * Waiting times that double. Upstream: client-go util/flowcontrol/backoff.go, as kubelet uses it for restarts and pulls.
 */
export const INITIAL_BACK_OFF = 10_000;
export const MAX_BACK_OFF = 300_000;

/** Milliseconds. */
export interface BackOffLimits {
  readonly initialMs: number;
  readonly maxMs: number;
}

export const USUAL_BACK_OFF: BackOffLimits = { initialMs: INITIAL_BACK_OFF, maxMs: MAX_BACK_OFF };

export class BackOff {
  private limits = USUAL_BACK_OFF;
  private delay = 0;
  private updated = 0;

  /** The waiting time in force, 0 before the first `next`. */
  get current(): number {
    return this.delay;
  }

  /** When what happened at `since` may be tried again. */
  until(since: number): number {
    if (this.delay === 0 || since - this.updated > 2 * MAX_BACK_OFF) return since;
    return since + this.delay;
  }

  /** A try begins for what happened at `since`: doubles the delay, or starts over when the last one is long ago. */
  next(since: number, limits = USUAL_BACK_OFF): void {
    const expired = this.delay === 0 || since - this.updated > 2 * MAX_BACK_OFF;
    const { initialMs, maxMs } = (this.limits = limits);
    this.delay = expired ? initialMs : Math.min(2 * this.delay, maxMs);
    this.updated = since;
  }

  /** True iff the delay has grown as far as it can: from here on nothing new will happen. */
  get settled(): boolean {
    return this.delay >= this.limits.maxMs;
  }

  reset(): void {
    this.delay = 0;
    this.updated = 0;
  }
}
