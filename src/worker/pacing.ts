import type { Playground } from "./playground.ts";
import type { Frame } from "./protocol.ts";

/** Wall milliseconds of a frame that the simulation may use. */
const BUDGET_MS = 9;
const FAST_FORWARD_LIMIT = 3_600_000;
/** The page shows seconds: it needn't hear of every millisecond. */
const TOLD_EVERY_MS = 200;

/** Moves a world's clock with wall time, and says what time it is. */
export class Pacing {
  private readonly wallNow: () => number;
  private lastWall = 0;
  private lastTold = "";
  /** Virtual time at which "run until nothing changes" gives up; undefined iff it isn't at work. */
  private fastForward: number | undefined;

  constructor(wallNow: () => number) {
    this.wallNow = wallNow;
  }

  /** A world is shown anew: the time before it counts for nothing. */
  restart(): void {
    this.lastWall = this.wallNow();
    this.lastTold = "";
    this.fastForward = undefined;
  }

  runUntilIdle(playground: Playground, limitMs = FAST_FORWARD_LIMIT): void {
    this.fastForward = playground.sim.now + Math.min(limitMs, FAST_FORWARD_LIMIT);
  }

  /** Takes the wall time since the last call; undefined or held worlds stand still meanwhile. Returns the wall time. */
  advance(playground: Playground | undefined): number {
    const wall = this.wallNow();
    const passed = wall - this.lastWall;
    this.lastWall = wall;
    if (playground !== undefined && !playground.held) this.move(playground, passed, wall + BUDGET_MS);
    return wall;
  }

  private move(playground: Playground, passed: number, deadline: number): void {
    const { clock, sim } = playground;
    const mayGoOn = (): boolean => this.wallNow() < deadline && !playground.held;
    if (this.fastForward === undefined) return clock.advance(passed, mayGoOn);
    while (!sim.idle && sim.now < this.fastForward && mayGoOn()) {
      if (!sim.step()) break;
    }
    if (sim.idle || sim.now >= this.fastForward) this.fastForward = undefined;
  }

  fill(frame: Frame, { sim, clock }: Playground): void {
    const time = {
      now: sim.now,
      elapsed: sim.now - sim.start,
      paused: clock.paused,
      speed: clock.speed,
      idle: sim.idle,
      running: this.fastForward !== undefined,
    };
    const told = `${Math.floor(time.elapsed / TOLD_EVERY_MS)} ${time.paused} ${time.speed} ${time.idle} ${time.running}`;
    if (told === this.lastTold) return;
    this.lastTold = told;
    frame.time = time;
  }
}
