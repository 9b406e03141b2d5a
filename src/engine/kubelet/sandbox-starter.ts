/**
 * The way of a pod to its sandbox: volumes first, then devices, then the network, tried again while the node isn't ready for either.
 * Upstream: kuberuntime_manager.go, SyncPod (step 4).
 */
import type { Sandbox } from "../runtime/containers/sandbox.ts";
import type { Timer } from "../sim/event-queue.ts";
import { PrepareError } from "./device-plugins.ts";
import { isNetworkReady, NETWORK_NOT_READY } from "./node-status.ts";
import { createSandbox } from "./pod-sandbox.ts";
import type { PodWorker } from "./pod-worker.ts";

/** A pod that can't be synced is tried again after that. */
const PREPARE_RETRY_MS = 10_000;
/** What passes by itself is looked at again after one or one and a half seconds, by a loop that goes round each second. */
const NETWORK_RETRY_MS = 2000;

export class SandboxStarter {
  private readonly worker: PodWorker;
  private readonly made: (sandbox: Sandbox) => void;
  private timer: Timer | undefined;

  constructor(worker: PodWorker, made: (sandbox: Sandbox) => void) {
    this.worker = worker;
    this.made = made;
  }

  /** Does nothing while a sandbox is being made. */
  begin(): void {
    const { worker } = this;
    if (this.timer !== undefined) return;
    if (!this.awaitNetwork()) return;
    if (!worker.volumes.setUp(() => worker.sync()) || !this.prepareDevices()) return;
    const { sim, runtime } = worker.ctx;
    this.timer = sim.after(runtime.sandboxDelay(), () => this.create());
  }

  /** False: it is tried again later. Upstream: Kubelet.SyncPod. */
  private awaitNetwork(): boolean {
    const { ctx, pod } = this.worker;
    if (pod.spec.hostNetwork === true || isNetworkReady(ctx)) return true;
    const message = `network is not ready: ${NETWORK_NOT_READY}`;
    ctx.events.event(pod, "Warning", { reason: "NetworkNotReady", message });
    this.retry(NETWORK_RETRY_MS);
    return false;
  }

  private retry(afterMs: number): void {
    const { worker } = this;
    this.timer = worker.ctx.sim.after(
      afterMs,
      () => {
        this.timer = undefined;
        worker.sync();
      },
      { background: true },
    );
  }

  /** False: it is tried again later. */
  private prepareDevices(): boolean {
    const { worker } = this;
    const { devices, events } = worker.ctx;
    try {
      devices.prepare(worker.pod);
      return true;
    } catch (error) {
      if (!(error instanceof PrepareError)) throw error;
      const message = `Failed to prepare dynamic resources: prepare dynamic resources: ${error.message}`;
      events.event(worker.pod, "Warning", { reason: "FailedPrepareDynamicResources", message });
      this.retry(PREPARE_RETRY_MS);
      return false;
    }
  }

  cancel(): void {
    this.worker.ctx.sim.cancel(this.timer);
    this.timer = undefined;
  }

  private create(): void {
    const { worker } = this;
    const result = createSandbox(worker);
    this.timer = undefined;
    if (result.sandbox !== undefined) return this.made(result.sandbox);
    this.timer = worker.ctx.sim.after(result.retryAfter, () => {
      this.timer = undefined;
      worker.sync();
    });
  }
}
