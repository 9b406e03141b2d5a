/**
 * How much CPU something took lately, without a timer: time spent is counted by windows, and the last whole window is what
 * metrics show. Models the difference of two readings of a cgroup's `cpu.stat` that a scrape takes.
 */
export const CPU_WINDOW_MS = 15_000;

export class CpuMeter {
  /** The window that `spent` belongs to; `before` is that of the window just before it. */
  private window = 0;
  private spent = 0;
  private before = 0;

  /** So many milliseconds of one core were used at `now`. */
  spend(cpuMs: number, now: number): void {
    this.turn(now);
    this.spent += cpuMs;
  }

  /** Millicores, over the last whole window. */
  rate(now: number): number {
    this.turn(now);
    return (this.before * 1000) / CPU_WINDOW_MS;
  }

  private turn(now: number): void {
    const window = Math.floor(now / CPU_WINDOW_MS);
    if (window === this.window) return;
    this.before = window === this.window + 1 ? this.spent : 0;
    this.spent = 0;
    this.window = window;
  }
}
