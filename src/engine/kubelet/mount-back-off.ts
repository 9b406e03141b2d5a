import type { Timer } from "../sim/event-queue.ts";
import type { Simulation } from "../sim/simulation.ts";

/** First and longest waiting time after a failed mount. Upstream: util/goroutinemap/exponentialbackoff. */
const INITIAL = 500;
const MAX = 122_000;

/** One retry at a time, each twice as long after the last. */
export class BackOffTimer {
  private readonly sim: Simulation;
  private delay = 0;
  private timer: Timer | undefined;

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  get waiting(): boolean {
    return this.timer?.state === "scheduled";
  }

  again(run: () => void): void {
    this.delay = this.delay === 0 ? INITIAL : Math.min(2 * this.delay, MAX);
    this.after(this.delay, run, { background: this.delay === MAX });
  }

  /** Tries again after so long, which counts for no failure. */
  after(ms: number, run: () => void, options: { background: boolean }): void {
    this.sim.cancel(this.timer);
    this.timer = this.sim.after(ms, run, options);
  }

  stop(): void {
    this.sim.cancel(this.timer);
  }
}
