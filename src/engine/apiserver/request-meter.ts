import { SECOND } from "../base/time.ts";
import type { Simulation } from "../sim/simulation.ts";

/** Counts requests by whole virtual seconds. */
export class RequestMeter {
  private readonly sim: Simulation;
  private second = -1;
  private current = 0;
  private previous = 0;

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  count(): void {
    this.roll();
    this.current++;
  }

  /** Requests in the last full second. */
  lastSecond(): number {
    this.roll();
    return this.previous;
  }

  private roll(): void {
    const second = Math.floor(this.sim.now / SECOND);
    if (second === this.second) return;
    this.previous = second === this.second + 1 ? this.current : 0;
    this.current = 0;
    this.second = second;
  }
}
