import type { Simulation } from "./simulation.ts";

/** Slowest and fastest pace, in virtual milliseconds per wall millisecond. */
export const MIN_SPEED = 0.1;
export const MAX_SPEED = 1000;

/**
 * Maps a host's wall time to virtual time. The host calls `advance` with the wall milliseconds that passed;
 * nothing here reads a clock.
 */
export class Clock {
  private readonly sim: Simulation;
  private pace = 1;
  private held = false;
  /** Virtual milliseconds owed but not yet run, because the host's budget ended first. */
  private debt = 0;

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  get speed(): number {
    return this.pace;
  }

  get paused(): boolean {
    return this.held;
  }

  pause(): void {
    this.held = true;
    this.debt = 0;
  }

  resume(): void {
    this.held = false;
  }

  /** Sets the pace, clamped to [MIN_SPEED, MAX_SPEED]. */
  setSpeed(speed: number): void {
    this.pace = Math.min(MAX_SPEED, Math.max(MIN_SPEED, speed));
  }

  /** Runs the very next event, paused or not. False when there is none. */
  step(): boolean {
    return this.sim.step();
  }

  /**
   * Moves virtual time by `wallMs` at the present pace. `mayGoOn` is asked before each event: a host that returns
   * false keeps its frame rate, and the rest is made up for at the next call (at most one wall second's worth).
   */
  advance(wallMs: number, mayGoOn: () => boolean = () => true): void {
    if (this.held) return;
    const owed = Math.min(this.debt + wallMs * this.pace, SECOND_OF_DEBT * this.pace);
    // Virtual time is whole milliseconds; the rest is paid with the next call.
    const target = this.sim.now + Math.floor(owed);
    const rest = owed - Math.floor(owed);
    for (;;) {
      const next = this.sim.nextEventTime;
      if (next === undefined || next > target) break;
      if (!mayGoOn()) {
        this.debt = target - this.sim.now + rest;
        return;
      }
      this.sim.step();
    }
    this.sim.runUntil(target);
    this.debt = rest;
  }
}

const SECOND_OF_DEBT = 1000;
