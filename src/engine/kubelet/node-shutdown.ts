/**
 * Ends a node's pods before the machine goes down, by their priority: the lowest first, each group in the time that it
 * has. Upstream: pkg/kubelet/nodeshutdown/{nodeshutdown_manager,nodeshutdown_manager_linux}.go.
 */
import type { Timer } from "../sim/event-queue.ts";
import type { Kubelet } from "./kubelet.ts";
import type { PodWorker } from "./pod-worker.ts";

const REASON = "Terminated";
const MESSAGE = "Pod was terminated in response to imminent node shutdown.";

export const SHUTDOWN_REFUSAL = {
  reason: "NodeShutdown",
  message: "Pod was rejected as the node is shutting down.",
};

/** Pods of this priority and of those up to the next group's have so many seconds to end. */
export interface ShutdownGroup {
  readonly priority: number;
  readonly seconds: number;
}

export class NodeShutdown {
  /** The lowest priority first; nothing is waited for where all have no time. */
  groups: readonly ShutdownGroup[] = [];
  /** True from the moment that the shutdown was noticed. */
  underWay = false;
  private readonly kubelet: Kubelet;
  private timer: Timer | undefined;
  private waitingFor: ReadonlySet<PodWorker> = new Set();
  private next: (() => void) | undefined;

  constructor(kubelet: Kubelet) {
    this.kubelet = kubelet;
  }

  /** Calls `done` once the pods have ended or their time is over. */
  begin(done: () => void): void {
    if (this.underWay) return;
    const { groups } = this;
    if (groups.every(({ seconds }) => seconds === 0) || !this.kubelet.active) return done();
    this.underWay = true;
    this.kubelet.tellNode("NodeShutdown", "Shutdown manager detected shutdown event");
    this.kubelet.nodeChanged();
    const workers = [...this.kubelet.allWorkers()].filter((worker) => !worker.finished);
    // Who is below the lowest belongs to it.
    const groupOf = ({ pod }: PodWorker): ShutdownGroup | undefined =>
      groups.findLast(({ priority }) => priority <= (pod.spec.priority ?? 0)) ?? groups[0];
    const inTurn = (index: number): void => {
      const group = groups[index];
      if (group === undefined) return done();
      this.end(
        workers.filter((worker) => groupOf(worker) === group),
        group.seconds,
        () => inTurn(index + 1),
      );
    };
    inTurn(0);
  }

  /** A pod has ended. */
  ended(): void {
    if (this.next === undefined || [...this.waitingFor].some((worker) => !worker.finished)) return;
    this.proceed();
  }

  /** The machine is off. */
  over(): void {
    this.kubelet.sim.cancel(this.timer);
    this.underWay = false;
    this.next = undefined;
  }

  private end(workers: readonly PodWorker[], seconds: number, then: () => void): void {
    if (workers.length === 0) return then();
    this.waitingFor = new Set(workers);
    this.next = then;
    this.timer = this.kubelet.sim.after(seconds * 1000, () => this.proceed());
    for (const worker of workers) {
      const graceSeconds = Math.min(worker.pod.spec.terminationGracePeriodSeconds ?? 30, seconds);
      worker.giveUp({ reason: REASON, message: MESSAGE, graceSeconds, disruption: true });
    }
  }

  private proceed(): void {
    const { next } = this;
    this.next = undefined;
    this.kubelet.sim.cancel(this.timer);
    next?.();
  }
}
