/**
 * Keys that wait for work. Upstream: client-go util/workqueue/{queue,delaying_queue,rate_limiting_queue}.go.
 *
 * Worked example: add a, add a, get → a (once); add a while a is being worked on: it is dirty, not queued;
 * done a → a is queued again; so one key is never worked on twice at the same time and no change is missed.
 */
import type { Timer } from "../sim/event-queue.ts";
import type { Simulation } from "../sim/simulation.ts";
import { ExponentialRateLimiter } from "./rate-limiter.ts";

export class WorkQueue {
  private readonly sim: Simulation;
  private readonly limiter: ExponentialRateLimiter;
  /** Called whenever a key becomes ready to be taken. */
  private readonly onReady: () => void;
  /** Order of work. A key is in `order` iff it is dirty and not being worked on. */
  private order: string[] = [];
  private head = 0;
  /** Dirty keys, and the journal line that made them so. */
  private readonly dirty = new Map<string, number>();
  private readonly processing = new Set<string>();
  /** A key's earliest pending delayed add. */
  private readonly delayed = new Map<string, Timer>();

  constructor(sim: Simulation, onReady: () => void, limiter = new ExponentialRateLimiter()) {
    this.sim = sim;
    this.onReady = onReady;
    this.limiter = limiter;
  }

  /** Keys that could be taken now. */
  get length(): number {
    return this.order.length - this.head;
  }

  /** True iff `key` waits to be taken or will be once its present work is done. */
  has(key: string): boolean {
    return this.dirty.has(key);
  }

  /** The key that `get` would take. */
  peek(): string | undefined {
    return this.order[this.head];
  }

  /** Marks `key` as needing work because of the journal line `cause`; the first cause stays until the key is taken. */
  add(key: string, cause = this.sim.journal.cause): void {
    if (this.dirty.has(key)) return;
    this.dirty.set(key, cause);
    if (this.processing.has(key)) return;
    this.order.push(key);
    this.onReady();
  }

  /** Adds after `ms`. An earlier pending add of the same key wins over a later one. */
  addAfter(key: string, ms: number, options: { background?: boolean } = {}): void {
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const pending = this.delayed.get(key);
    if (pending !== undefined) {
      if (pending.time <= this.sim.now + ms) return;
      this.sim.cancel(pending);
    }
    const run = (): void => {
      this.delayed.delete(key);
      this.add(key);
    };
    this.delayed.set(key, this.sim.after(ms, run, options));
  }

  /** True iff a delayed add of `key` is due within `ms`. */
  isDelayed(key: string, ms: number): boolean {
    const pending = this.delayed.get(key);
    return pending !== undefined && pending.time <= this.sim.now + ms;
  }

  /** Adds after this key's back-off and returns it. A wait of `patientMs` or more doesn't keep the cluster from being idle. */
  addRateLimited(key: string, patientMs = Number.POSITIVE_INFINITY): number {
    const delay = this.limiter.when(key);
    this.addAfter(key, delay, { background: delay >= patientMs });
    return delay;
  }

  /** Ends a key's back-off: its next failure waits the shortest time again. */
  forget(key: string): void {
    this.limiter.forget(key);
  }

  retries(key: string): number {
    return this.limiter.retries(key);
  }

  /** Takes the next key; whoever takes it must call `done`. */
  get(): { key: string; cause: number } | undefined {
    const key = this.order[this.head];
    if (key === undefined) return undefined;
    this.head++;
    if (this.head > 1024 && this.head * 2 > this.order.length) {
      this.order = this.order.slice(this.head);
      this.head = 0;
    }
    const cause = this.dirty.get(key) ?? 0;
    this.dirty.delete(key);
    this.processing.add(key);
    return { key, cause };
  }

  done(key: string): void {
    this.processing.delete(key);
    if (!this.dirty.has(key)) return;
    this.order.push(key);
    this.onReady();
  }

  /** Drops everything, pending delays too. */
  clear(): void {
    for (const timer of this.delayed.values()) this.sim.cancel(timer);
    this.delayed.clear();
    this.dirty.clear();
    this.processing.clear();
    this.order = [];
    this.head = 0;
  }
}
