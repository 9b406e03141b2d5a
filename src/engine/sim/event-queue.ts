import { Heap } from "../base/heap.ts";

/** A thing that will run at `time`. `cause` is the journal line in force when it was scheduled. */
export interface Timer {
  readonly time: number;
  /** Scheduling order; two timers at one time run in this order. */
  readonly order: number;
  /** Background timers (heartbeats, probes, resyncs) don't keep the cluster from being idle. */
  readonly background: boolean;
  readonly cause: number;
  readonly run: () => void;
  /** "scheduled" iff the timer is in the queue and will run. */
  state: "scheduled" | "done" | "cancelled";
}

/** Timers ordered by time, then by scheduling order. Cancelling is O(1): the timer is dropped when it surfaces. */
export class EventQueue {
  private readonly heap = new Heap<Timer>((a, b) => a.time < b.time || (a.time === b.time && a.order < b.order));
  private nextOrder = 0;
  private foreground = 0;
  private live = 0;

  /** Timers that will run. */
  get size(): number {
    return this.live;
  }

  /** Timers that will run and that keep the cluster from being idle. */
  get foregroundSize(): number {
    return this.foreground;
  }

  add(time: number, run: () => void, options: { background: boolean; cause: number }): Timer {
    const timer: Timer = { time, order: this.nextOrder++, run, state: "scheduled", ...options };
    this.heap.push(timer);
    this.live++;
    if (!timer.background) this.foreground++;
    return timer;
  }

  cancel(timer: Timer): void {
    if (timer.state !== "scheduled") return;
    timer.state = "cancelled";
    this.forget(timer);
    if (this.heap.size > 64 && this.heap.size > 2 * this.live) this.heap.filter((kept) => kept.state === "scheduled");
  }

  /** The timer that would run next. */
  peek(): Timer | undefined {
    for (;;) {
      const first = this.heap.peek();
      if (first === undefined || first.state === "scheduled") return first;
      this.heap.pop();
    }
  }

  /** Takes the next timer out and marks it done. */
  pop(): Timer | undefined {
    const timer = this.peek();
    if (timer === undefined) return undefined;
    this.heap.pop();
    timer.state = "done";
    this.forget(timer);
    return timer;
  }

  private forget(timer: Timer): void {
    this.live--;
    if (!timer.background) this.foreground--;
  }
}
