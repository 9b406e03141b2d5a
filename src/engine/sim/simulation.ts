import { assert } from "../base/assert.ts";
import { EventQueue } from "./event-queue.ts";
import type { Timer } from "./event-queue.ts";
import { Journal } from "./journal.ts";
import type { JournalKind, JournalLine } from "./journal.ts";
import { RandomStreams } from "./random.ts";
import type { RandomStream } from "./random.ts";

/** 2026-01-01T00:00:00Z: every simulation begins here unless told otherwise. */
export const VIRTUAL_EPOCH = Date.UTC(2026, 0, 1);

/** `background` timers don't keep the cluster from being idle: heartbeats, probes, resyncs, a container's own sleeps. */
export interface TimerOptions {
  background?: boolean;
}

/** Why a run ended: nothing but background timers is left, the limit was reached, or the condition came true. */
export type RunOutcome = "idle" | "limit" | "true";

/** Virtual time, the one queue of events, seeded chance and the journal. Everything in the engine hangs on one of these. */
export class Simulation {
  readonly seed: number;
  readonly start: number;
  readonly journal: Journal;
  private readonly queue = new EventQueue();
  private readonly streams: RandomStreams;
  private time: number;
  private steps = 0;

  constructor(options: { seed?: number; start?: number; journal?: Journal } = {}) {
    this.seed = options.seed ?? 1;
    this.start = options.start ?? VIRTUAL_EPOCH;
    this.time = this.start;
    this.journal = options.journal ?? new Journal();
    this.streams = new RandomStreams(this.seed);
  }

  /** Virtual now, in milliseconds since the Unix epoch. */
  get now(): number {
    return this.time;
  }

  /** Events run since the start. */
  get eventCount(): number {
    return this.steps;
  }

  /** Time of the next event, foreground or not. */
  get nextEventTime(): number | undefined {
    return this.queue.peek()?.time;
  }

  /** True iff only background timers are left. */
  get idle(): boolean {
    return this.queue.foregroundSize === 0;
  }

  /**
   * Runs `run` after `delay` milliseconds (0: later at this same instant, behind what is already due). Virtual time is
   * whole milliseconds: fractions are rounded up.
   */
  after(delay: number, run: () => void, options?: TimerOptions): Timer {
    assert(delay >= 0, "a timer in the past", delay);
    return this.queue.add(this.time + Math.ceil(delay), run, {
      background: options?.background ?? false,
      cause: this.journal.cause,
    });
  }

  cancel(timer: Timer | undefined): void {
    if (timer !== undefined) this.queue.cancel(timer);
  }

  random(purpose: string): RandomStream {
    return this.streams.stream(purpose);
  }

  /** Writes a journal line at this instant, with the cause in force; returns its id. */
  record(kind: JournalKind, line: JournalLine): number {
    return this.journal.record(this.time, kind, line);
  }

  /** Runs `act` with `cause` in force. */
  because<T>(cause: number, act: () => T): T {
    const before = this.journal.cause;
    this.journal.cause = cause;
    try {
      return act();
    } finally {
      this.journal.cause = before;
    }
  }

  /** Runs the next event, moving the clock to it. False when there is none. */
  step(): boolean {
    const timer = this.queue.pop();
    if (timer === undefined) return false;
    assert(timer.time >= this.time, "time went backwards", timer.time, this.time);
    this.time = timer.time;
    this.steps++;
    this.journal.cause = timer.cause;
    try {
      timer.run();
    } finally {
      this.journal.cause = 0;
    }
    return true;
  }

  /** Runs all events up to and including `time`, then stands at `time`. */
  runUntil(time: number): void {
    for (let next = this.queue.peek(); next !== undefined && next.time <= time; next = this.queue.peek()) this.step();
    if (time > this.time) this.time = time;
  }

  /** Runs until only background timers are left, or until `limit` milliseconds have passed (then the clock stands there). */
  runUntilIdle(limit: number): RunOutcome {
    return this.runWhile(() => !this.idle, limit);
  }

  /** Runs event by event while `goOn()` holds, at most `limit` milliseconds of virtual time. */
  runWhile(goOn: () => boolean, limit: number): RunOutcome {
    const end = this.time + limit;
    while (goOn()) {
      const next = this.queue.peek();
      if (next === undefined) return "idle";
      if (next.time > end) {
        this.time = end;
        return "limit";
      }
      this.step();
    }
    return this.idle ? "idle" : "true";
  }
}
