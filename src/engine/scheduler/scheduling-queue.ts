/**
 * Pods that wait for a node. Upstream: pkg/scheduler/backend/queue/scheduling_queue.go.
 *
 * A pod is in exactly one of: `active` (to be tried now), `backingOff` (to be tried when its back-off ends, or sooner when
 * nothing is active), `unschedulable` (until an event may help, or five minutes), `gated` (until its gates are gone).
 */
import { Heap } from "../base/heap.ts";
import { MINUTE, SECOND } from "../base/time.ts";
import type { Simulation } from "../sim/simulation.ts";
import type { Timer } from "../sim/event-queue.ts";
import type { PodInfo } from "./pod-info.ts";

const MAX_UNSCHEDULABLE_MS = 5 * MINUTE;
const FLUSH_MS = 30 * SECOND;

export interface QueuedPod {
  info: PodInfo;
  state: "active" | "backingOff" | "unschedulable" | "gated" | "gone";
  /** When it was last put into the queue. */
  since: number;
  attempts: number;
  /** Plugins that rejected it last time; empty after an error. */
  rejectedBy: ReadonlySet<string>;
  /** Journal line that made it wait. */
  cause: number;
  order: number;
}

export interface QueueOptions {
  sim: Simulation;
  /** Called when a pod may be there to be tried. */
  wake(): void;
  /** True iff scheduling gates keep the pod out. */
  gated(pod: PodInfo): boolean;
  /** The first back-off and the longest one, in milliseconds; 1 and 10 seconds when absent. */
  initialBackoff?: number;
  maxBackoff?: number;
}

export class SchedulingQueue {
  private readonly sim: Simulation;
  private readonly options: QueueOptions;
  private readonly pods = new Map<string, QueuedPod>();
  private readonly active = new Heap<QueuedPod>(
    (a, b) =>
      a.info.priority > b.info.priority ||
      (a.info.priority === b.info.priority && (a.since < b.since || (a.since === b.since && a.order < b.order))),
  );
  /** A pod is here iff it is backing off. */
  private readonly backoffTimers = new Map<QueuedPod, Timer>();
  /** Pods that back off because they did not fit, soonest first; entries whose timer is no longer the pod's are stale. */
  private readonly backingOff = new Heap<{ queued: QueuedPod; timer: Timer }>(
    (a, b) => a.timer.time < b.timer.time || (a.timer.time === b.timer.time && a.timer.order < b.timer.order),
  );
  /** Unschedulable pods by each plugin that rejected them. */
  private readonly waiting = new Map<string, Set<QueuedPod>>();
  private waitingCount = 0;
  /** Pods whose victims are still to be pushed out, by uid; true for one that an event would have moved meanwhile. */
  private readonly held = new Map<string, boolean>();
  private flushTimer: Timer | undefined;
  private orders = 0;

  constructor(options: QueueOptions) {
    this.sim = options.sim;
    this.options = options;
  }

  /** Pods that wait, gated ones included. */
  get size(): number {
    return this.pods.size;
  }

  get(uid: string): QueuedPod | undefined {
    return this.pods.get(uid);
  }

  /** A pod without a node appeared, or changed in a way that may let it run. */
  add(info: PodInfo): void {
    const known = this.pods.get(info.uid);
    const queued: QueuedPod = known ?? {
      info,
      state: "gone",
      since: this.sim.now,
      attempts: 0,
      rejectedBy: NOBODY,
      cause: 0,
      order: 0,
    };
    this.leave(queued);
    queued.info = info;
    this.pods.set(info.uid, queued);
    if (this.options.gated(info)) queued.state = "gated";
    else this.activateOrBackOff(queued);
  }

  /** A pod that waits was changed. `helps`: if it is unschedulable, it may run now. */
  update(queued: QueuedPod, info: PodInfo, helps: boolean): void {
    queued.info = info;
    if (queued.state === "gated" ? !this.options.gated(info) : queued.state === "unschedulable" && helps) {
      this.leave(queued);
      this.activateOrBackOff(queued);
    }
  }

  /** Events leave the pod where it is until `release`, which makes up for them. */
  hold(uid: string): void {
    this.held.set(uid, false);
  }

  release(uid: string): void {
    const missed = this.held.get(uid) === true;
    this.held.delete(uid);
    const queued = this.pods.get(uid);
    if (!missed || queued?.state !== "unschedulable") return;
    this.leave(queued);
    this.activateOrBackOff(queued);
  }

  /** Tries the pod soon, whatever it waits for. */
  activateNow(uid: string): void {
    const queued = this.pods.get(uid);
    if (queued === undefined || queued.state === "active" || queued.state === "gated") return;
    this.leave(queued);
    this.activate(queued);
  }

  delete(uid: string): void {
    const queued = this.pods.get(uid);
    if (queued === undefined) return;
    this.pods.delete(uid);
    this.held.delete(uid);
    this.leave(queued);
  }

  /** Takes the pod to try next; it stays known until `done` or until it is put back. */
  pop(): QueuedPod | undefined {
    for (;;) {
      const queued = this.active.pop() ?? this.popBackingOff();
      if (queued === undefined) return undefined;
      if (queued.state !== "active" || this.pods.get(queued.info.uid) !== queued) continue;
      queued.state = "gone";
      queued.attempts++;
      return queued;
    }
  }

  /** The pod has a node. */
  done(queued: QueuedPod): void {
    this.pods.delete(queued.info.uid);
  }

  /** The pod could not be placed: it waits for an event that helps. */
  putBack(queued: QueuedPod, rejectedBy: ReadonlySet<string>): void {
    queued.since = this.sim.now;
    queued.rejectedBy = rejectedBy;
    if (rejectedBy.size === 0) {
      this.backOff(queued);
      return;
    }
    queued.state = "unschedulable";
    this.waitingCount++;
    for (const plugin of rejectedBy) {
      const members = this.waiting.get(plugin);
      if (members === undefined) this.waiting.set(plugin, new Set([queued]));
      else members.add(queued);
    }
    this.flushTimer ??= this.sim.after(FLUSH_MS, () => this.flush(), { background: true });
  }

  /** Of the pods that one of `plugins` rejected, moves those that `helps` says may run now. */
  move(plugins: Iterable<string>, helps: (queued: QueuedPod) => boolean): void {
    if (this.waitingCount === 0) return;
    for (const plugin of plugins) {
      for (const queued of this.waiting.get(plugin) ?? NO_PODS) {
        if (!helps(queued)) continue;
        const { uid } = queued.info;
        if (this.held.has(uid)) {
          this.held.set(uid, true);
          continue;
        }
        this.leave(queued);
        this.activateOrBackOff(queued);
      }
    }
  }

  stop(): void {
    for (const timer of this.backoffTimers.values()) this.sim.cancel(timer);
    this.sim.cancel(this.flushTimer);
    this.flushTimer = undefined;
    this.backoffTimers.clear();
    this.waiting.clear();
    this.waitingCount = 0;
    this.held.clear();
    this.pods.clear();
    this.active.filter(() => false);
    this.backingOff.filter(() => false);
  }

  private activateOrBackOff(queued: QueuedPod): void {
    if (this.backoffEnd(queued) > this.sim.now) this.backOff(queued);
    else this.activate(queued);
  }

  private activate(queued: QueuedPod): void {
    queued.state = "active";
    queued.cause = this.sim.journal.cause;
    queued.order = ++this.orders;
    this.active.push(queued);
    this.options.wake();
  }

  private backOff(queued: QueuedPod): void {
    queued.state = "backingOff";
    queued.cause = this.sim.journal.cause;
    const wait = Math.max(0, this.backoffEnd(queued) - this.sim.now);
    const end = (): void => {
      this.backoffTimers.delete(queued);
      this.activate(queued);
    };
    const timer = this.sim.after(wait, end);
    this.backoffTimers.set(queued, timer);
    if (queued.rejectedBy.size === 0) return;
    this.backingOff.push({ queued, timer });
    this.options.wake();
  }

  /** Nothing is active: a pod needn't sit its back-off out, unless it waits because of an error. */
  private popBackingOff(): QueuedPod | undefined {
    for (let next = this.backingOff.pop(); next !== undefined; next = this.backingOff.pop()) {
      const { queued, timer } = next;
      if (this.backoffTimers.get(queued) !== timer) continue;
      this.sim.cancel(timer);
      this.backoffTimers.delete(queued);
      queued.state = "active";
      return queued;
    }
    return undefined;
  }

  private backoffEnd({ attempts, since }: QueuedPod): number {
    if (attempts === 0) return 0;
    const { initialBackoff = SECOND, maxBackoff = 10 * SECOND } = this.options;
    return since + Math.min(maxBackoff, initialBackoff * 2 ** Math.min(attempts - 1, 30));
  }

  private flush(): void {
    this.flushTimer = undefined;
    this.move([...this.waiting.keys()], ({ since }) => this.sim.now - since > MAX_UNSCHEDULABLE_MS);
    if (this.waitingCount > 0) {
      this.flushTimer = this.sim.after(FLUSH_MS, () => this.flush(), { background: true });
    }
  }

  /** Takes a pod out of whatever it is in; the active heap drops it when it surfaces. */
  private leave(queued: QueuedPod): void {
    if (queued.state === "unschedulable") {
      this.waitingCount--;
      for (const plugin of queued.rejectedBy) this.waiting.get(plugin)?.delete(queued);
    }
    queued.state = "gone";
    this.sim.cancel(this.backoffTimers.get(queued));
    this.backoffTimers.delete(queued);
  }
}

const NOBODY: ReadonlySet<string> = new Set();
const NO_PODS: ReadonlySet<QueuedPod> = new Set();
