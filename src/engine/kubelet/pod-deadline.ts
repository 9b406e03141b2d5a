/**
 * A pod's activeDeadlineSeconds, counted from when the kubelet took the pod; it may be set or shortened while the pod runs.
 * Upstream: pkg/kubelet/active_deadline.go.
 */
import type { Timer } from "../sim/event-queue.ts";
import type { PodWorker } from "./pod-worker.ts";

const REASON = "DeadlineExceeded";
const MESSAGE = "Pod was active on the node longer than the specified deadline";

export class PodDeadline {
  private readonly worker: PodWorker;
  private timer: Timer | undefined;

  constructor(worker: PodWorker) {
    this.worker = worker;
  }

  /** The pod's object says when: to be called again when that has changed. */
  follow(): void {
    const { ctx, pod, startTime } = this.worker;
    this.stop();
    const seconds = pod.spec.activeDeadlineSeconds;
    if (seconds === undefined) return;
    this.timer = ctx.sim.after(Math.max(0, startTime + seconds * 1000 - ctx.sim.now), () => this.exceed());
  }

  stop(): void {
    this.worker.ctx.sim.cancel(this.timer);
  }

  private exceed(): void {
    const { ctx, pod } = this.worker;
    ctx.events.event(pod, "Normal", { reason: REASON, message: MESSAGE });
    const graceSeconds = pod.spec.terminationGracePeriodSeconds ?? 30;
    this.worker.giveUp({ reason: REASON, message: MESSAGE, graceSeconds, disruption: false });
  }
}
