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

/** Each item of the heap has so many below it: fewer levels than with two, and neighbours share a cache line. */
const FAN_OUT = 4;
/** Cancelled timers are swept out when there are more of them than of live ones, and at least so many timers in all. */
const SWEEP_FROM = 64;

/**
 * Timers ordered by time, then by scheduling order. Cancelling is O(1): the timer is dropped when it surfaces.
 * A heap of its own instead of `base/heap.ts`, with the comparison written out: everything that happens goes through here.
 */
export class EventQueue {
  private readonly heap: Timer[] = [];
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
    const { background, cause } = options;
    const timer: Timer = { time, order: this.nextOrder++, background, cause, run, state: "scheduled" };
    this.push(timer);
    this.live++;
    if (!background) this.foreground++;
    return timer;
  }

  cancel(timer: Timer): void {
    if (timer.state !== "scheduled") return;
    timer.state = "cancelled";
    this.forget(timer);
    if (this.heap.length > SWEEP_FROM && this.heap.length > 2 * this.live) this.sweep();
  }

  /** The timer that would run next. */
  peek(): Timer | undefined {
    for (;;) {
      const first = this.heap[0];
      if (first === undefined || first.state === "scheduled") return first;
      this.drop();
    }
  }

  /** Takes the next timer out and marks it done. */
  pop(): Timer | undefined {
    const timer = this.peek();
    if (timer === undefined) return undefined;
    this.drop();
    timer.state = "done";
    this.forget(timer);
    return timer;
  }

  private forget(timer: Timer): void {
    this.live--;
    if (!timer.background) this.foreground--;
  }

  private sweep(): void {
    const kept = this.heap.filter(({ state }) => state === "scheduled");
    this.heap.length = 0;
    for (const timer of kept) this.push(timer);
  }

  /** A new timer has the highest order: it goes behind all of its time. */
  private push(timer: Timer): void {
    const { heap } = this;
    const { time, order } = timer;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const parent = ((at - 1) / FAN_OUT) | 0;
      const above = heap[parent] as Timer;
      if (above.time < time || (above.time === time && above.order < order)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = timer;
  }

  /** Takes the first item out: the last one takes its place and sinks. */
  private drop(): void {
    const { heap } = this;
    const timer = heap.pop();
    const { length } = heap;
    if (timer === undefined || length === 0) return;
    const { time, order } = timer;
    let at = 0;
    for (;;) {
      let child = FAN_OUT * at + 1;
      if (child >= length) break;
      let first = heap[child] as Timer;
      const end = Math.min(child + FAN_OUT, length);
      for (let i = child + 1; i < end; i++) {
        const other = heap[i] as Timer;
        if (other.time < first.time || (other.time === first.time && other.order < first.order)) {
          first = other;
          child = i;
        }
      }
      if (time < first.time || (time === first.time && order < first.order)) break;
      heap[at] = first;
      at = child;
    }
    heap[at] = timer;
  }
}
