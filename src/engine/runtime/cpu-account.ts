/**
 * The CPU time of one tree of processes: what a login or a container's main process and all its descendants share.
 *
 * A system call costs a hundredth of a millisecond of one core. A burst is free of delay; who goes on and on passes
 * virtual time, and the longer it spins the fewer calls a millisecond of CPU time buys. So a loop such as
 * `while true; do :; done` keeps one core busy, as in life, and costs the host ever less: some hundred calls a virtual
 * second in the end. A rest of 100 ms makes it all new.
 *
 * Example: 10,000 calls at one instant; then 100 a millisecond; after two seconds without a rest 100 in 10 ms, after
 * a minute 100 in 250 ms.
 */
import { LIMITS } from "./limits.ts";

/** Milliseconds of one core that a call takes, unless it was paid for by waiting. */
export const CALL_CPU_MS = 1 / LIMITS.callsPerMillisecond;

export class CpuAccount {
  /** Calls that may be made now. */
  private left: number = LIMITS.callsAtOnce;
  /** When `left` was last reckoned. */
  private at: number;
  /** While it waits: when calls are granted again. */
  private resumeAt = 0;
  /** Milliseconds spun without a rest. */
  private spun = 0;
  /** True iff the calls that are left were paid for by waiting. */
  private paid = false;

  constructor(now: number) {
    this.at = now;
  }

  /**
   * Takes one call. 0: it may be made now. Otherwise so many milliseconds have to pass first, for which the process
   * keeps a core busy. `cores` is what its cgroup may use at most.
   */
  take(now: number, cores: number): number {
    if (now < this.resumeAt) return this.resumeAt - now;
    if (this.resumeAt > 0) this.grant();
    if (now > this.at) this.rest(now);
    if (this.left >= 1) {
      this.left--;
      return 0;
    }
    const delay = Math.min(Math.max(1, Math.floor(this.spun / LIMITS.spinMs)), LIMITS.spinDelayMs);
    this.spun += delay;
    this.resumeAt = now + Math.max(1, Math.round(delay / Math.min(cores, 1)));
    return this.resumeAt - now;
  }

  /** Milliseconds of CPU time that the call just taken costs on top of what was waited. */
  get price(): number {
    return this.paid ? 0 : CALL_CPU_MS;
  }

  private grant(): void {
    this.left = LIMITS.callsPerMillisecond;
    this.at = this.resumeAt;
    this.resumeAt = 0;
    this.paid = true;
  }

  private rest(now: number): void {
    this.left = Math.min(LIMITS.callsAtOnce, this.left + (now - this.at) * LIMITS.callsPerMillisecond);
    this.at = now;
    if (this.left < LIMITS.callsAtOnce) return;
    this.spun = 0;
    this.paid = false;
  }
}
