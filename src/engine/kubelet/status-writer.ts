/**
 * Writes one pod's status: changes of one moment together, and only what differs.
 * Upstream: pkg/kubelet/status/status_manager.go. Like it, this reads the newest object first, so labels and conditions
 * of others are never overwritten by what a watch hasn't brought yet.
 */
import { pods } from "../api/core/pod/index.ts";
import type { Pod, PodStatus } from "../api/generated/types.ts";
import { StatusError, isNotFound } from "../api/meta/status-error.ts";
import { deepEqual } from "../base/json.ts";
import type { Timer } from "../sim/event-queue.ts";
import { hostIPsOf } from "./kubelet-context.ts";
import { generatePodStatus } from "./pod-status.ts";
import type { PodWorker } from "./pod-worker.ts";

/** Changes within this many milliseconds are written together. */
const COALESCE = 5;
/** The server is away: upstream's manager syncs all pods each 10 s. */
const RETRY = 10_000;

export class StatusWriter {
  private readonly worker: PodWorker;
  private timer: Timer | undefined;
  private due = 0;

  constructor(worker: PodWorker) {
    this.worker = worker;
  }

  /** Writes at the latest `delay` milliseconds from now. */
  soon(delay: number = COALESCE): void {
    const { sim, active } = this.worker.ctx;
    if (!active) return;
    const due = sim.now + delay;
    if (this.timer?.state === "scheduled") {
      if (this.due <= due) return;
      sim.cancel(this.timer);
    }
    this.due = due;
    this.timer = sim.after(delay, () => this.flush());
  }

  stop(): void {
    this.worker.ctx.sim.cancel(this.timer);
    this.timer = undefined;
  }

  /** Writes now. False when the server is away or the pod is gone. */
  flush(): boolean {
    this.stop();
    const { worker } = this;
    const client = worker.ctx.client.resource(pods);
    const { namespace, name, uid } = worker.pod.metadata;
    try {
      const stored = client.get(namespace, name);
      if (stored.metadata.uid !== uid && !worker.isStatic) return false;
      const status = this.generate(stored);
      if (deepEqual(status, stored.status)) return true;
      client.updateStatus({ ...stored, status });
      return true;
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (isNotFound(error)) return false;
      this.retry();
      return false;
    }
  }

  private generate(stored: Pod): PodStatus {
    const { worker } = this;
    const { ctx, sandbox } = worker;
    return generatePodStatus(stored, {
      slots: worker.slots,
      hostIPs: hostIPsOf(ctx.node),
      podIPs: sandbox?.ips ?? stored.status.podIPs?.map(({ ip }) => ip) ?? [],
      sandboxReady: sandbox?.ready ?? false,
      startTime: worker.startTime,
      terminal: worker.finished || worker.termination?.terminal === true,
      verdict: worker.finished ? worker.verdict : undefined,
      resize: worker.resizing,
      resources: { actual: worker.actualResources, allocated: worker.allocatedSpec.resources },
      now: ctx.sim.now,
    });
  }

  private retry(): void {
    const { sim } = this.worker.ctx;
    this.due = sim.now + RETRY;
    this.timer = sim.after(RETRY, () => this.flush(), { background: true });
  }
}
