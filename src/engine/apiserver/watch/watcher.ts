import type { KubeObject } from "../../api/meta/object.ts";
import type { WatchEvent } from "../../api/meta/request.ts";
import type { Timer } from "../../sim/event-queue.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { WatchHandler } from "./watch-handler.ts";

/** How long a change is on its way to those who watch. */
export const WATCH_DELAY = 1;

const BACKGROUND = { background: true };
const FOREGROUND = { background: false };

/** An event on its way; one array is shared by all watchers that get it. */
export interface Delivery {
  readonly events: readonly WatchEvent<KubeObject>[];
  readonly due: number;
  /** Journal line of the write. */
  readonly cause: number;
  /** A heartbeat: nothing that anybody should wait for. */
  readonly background: boolean;
}

/** Which objects a watch is about. */
export interface WatchFilter {
  readonly namespace: string;
  /** Absent: all objects. */
  readonly matches?: (object: KubeObject) => boolean;
}

/** One client's watch: a queue of deliveries and at most one timer. */
export class Watcher {
  readonly filter: WatchFilter;
  private readonly sim: Simulation;
  private readonly handler: WatchHandler;
  private readonly act = (): void => this.deliver();
  private pending: Delivery[] = [];
  /** Set iff `pending` is not empty. */
  private timer: Timer | undefined;
  private open = true;

  constructor(sim: Simulation, filter: WatchFilter, handler: WatchHandler) {
    this.sim = sim;
    this.filter = filter;
    this.handler = handler;
  }

  push(delivery: Delivery): void {
    this.pending.push(delivery);
    if (this.timer === undefined) this.arm();
    else if (this.timer.background && !delivery.background) {
      this.sim.cancel(this.timer);
      this.arm();
    }
  }

  /** Hears no more, without a word. */
  stop(): void {
    this.open = false;
    this.pending = [];
    this.sim.cancel(this.timer);
    this.timer = undefined;
  }

  end(reason: "expired" | "closed"): void {
    if (!this.open) return;
    this.stop();
    this.handler.onEnd(reason);
  }

  private arm(): void {
    const { pending } = this;
    const first = pending[0] as Delivery;
    const background = pending.length === 1 ? first.background : pending.every((delivery) => delivery.background);
    this.timer = this.sim.after(Math.max(0, first.due - this.sim.now), this.act, background ? BACKGROUND : FOREGROUND);
  }

  private deliver(): void {
    this.timer = undefined;
    const { sim, pending } = this;
    let count = 0;
    while (count < pending.length && (pending[count] as Delivery).due <= sim.now) count++;
    this.pending = count === pending.length ? [] : pending.slice(count);
    if (this.pending.length > 0) this.arm();
    const before = sim.journal.cause;
    for (let i = 0; i < count && this.open; i++) {
      const delivery = pending[i] as Delivery;
      sim.journal.cause = delivery.cause;
      this.handler.onEvents(delivery.events);
    }
    sim.journal.cause = before;
  }
}
