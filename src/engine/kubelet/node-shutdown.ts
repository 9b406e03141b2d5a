/**
 * Ends a node's pods before the machine goes down: those of ordinary priority first, critical ones in the time that is
 * kept for them. Upstream: pkg/kubelet/nodeshutdown/nodeshutdown_manager_linux.go.
 */
import type { Timer } from "../sim/event-queue.ts";
import type { Kubelet } from "./kubelet.ts";
import type { PodWorker } from "./pod-worker.ts";

const REASON = "Terminated";
const MESSAGE = "Pod was terminated in response to imminent node shutdown.";
/** scheduling.SystemCriticalPriority */
const CRITICAL_PRIORITY = 2_000_000_000;

export const SHUTDOWN_REFUSAL = {
  reason: "NodeShutdown",
  message: "Pod was rejected as the node is shutting down.",
};

export class NodeShutdown {
  /** In seconds, `critical` being the last part of `total`; nothing is waited for when `total` is 0. */
  periods = { total: 0, critical: 0 };
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
    const { total, critical } = this.periods;
    if (total === 0 || !this.kubelet.active) return done();
    this.underWay = true;
    this.kubelet.tellNode("NodeShutdown", "Shutdown manager detected shutdown event");
    this.kubelet.nodeChanged();
    const workers = [...this.kubelet.allWorkers()].filter((worker) => !worker.finished);
    const isCritical = ({ pod }: PodWorker): boolean => (pod.spec.priority ?? 0) >= CRITICAL_PRIORITY;
    this.end(
      workers.filter((worker) => !isCritical(worker)),
      total - critical,
      () => this.end(workers.filter(isCritical), critical, done),
    );
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
