/**
 * The way of a pod to its sandbox: volumes first, then the network, tried again while the node isn't ready for either.
 * Upstream: kuberuntime_manager.go, SyncPod (step 4).
 */
import type { Sandbox } from "../runtime/containers/sandbox.ts";
import type { Timer } from "../sim/event-queue.ts";
import { createSandbox } from "./pod-sandbox.ts";
import type { PodWorker } from "./pod-worker.ts";

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
    if (!worker.volumes.setUp(() => worker.sync())) return;
    const { sim, runtime } = worker.ctx;
    this.timer = sim.after(runtime.sandboxDelay(), () => this.create());
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
