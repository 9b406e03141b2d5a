/**
 * The way of one container from decision to running: image, environment, volumes, create, start, postStart hook.
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go, startContainer.
 */
import type { Container } from "../runtime/containers/container.ts";
import type { LocalImage } from "../runtime/containers/image-store.ts";
import { ContainerError } from "../runtime/containers/start-error.ts";
import type { Timer } from "../sim/event-queue.ts";
import { containerConfig } from "./container-config.ts";
import { containerPath } from "./container-path.ts";
import type { ContainerSlot } from "./container-slot.ts";
import { ConfigError } from "./environment.ts";
import type { ImageOutcome } from "./image-manager.ts";
import { ensureImageVolumes } from "./image-volumes.ts";
import { runHook } from "./lifecycle-hook.ts";
import type { PodWorker } from "./pod-worker.ts";
import { syncRetry } from "./sync-retry.ts";

export class ContainerStarter {
  private readonly worker: PodWorker;
  private readonly slot: ContainerSlot;
  private giveUp: (() => void) | undefined;
  private timer: Timer | undefined;
  private cancelled = false;

  constructor(worker: PodWorker, slot: ContainerSlot) {
    this.worker = worker;
    this.slot = slot;
  }

  begin(): void {
    const { worker, slot } = this;
    const { images, sim, random } = worker.ctx;
    const failed = ({ reason, message, settled, ...when }: Exclude<ImageOutcome, { image: unknown }>): void => {
      const { retryAt = sim.now + syncRetry(random) } = when;
      // Answering at once would come before the worker knows of this starter.
      this.timer = sim.after(0, () => worker.startFailed(slot, { reason, message, retryAt, background: settled }));
    };
    const giveUp = ensureImageVolumes(worker, slot, (failure) => {
      if (this.cancelled) return;
      if (failure !== undefined) return failed(failure);
      this.giveUp = images.ensure(worker.pod, slot.spec, (outcome) => {
        if (this.cancelled) return;
        if ("image" in outcome) this.create(outcome.image);
        else failed(outcome);
      });
    });
    this.giveUp ??= giveUp;
  }

  cancel(): void {
    this.cancelled = true;
    this.giveUp?.();
    this.worker.ctx.sim.cancel(this.timer);
  }

  private create(image: LocalImage): void {
    const { sim, runtime } = this.worker.ctx;
    this.timer = sim.after(runtime.startDelay(), () => this.run(image));
  }

  private run(image: LocalImage): void {
    const { worker, slot } = this;
    const { ctx } = worker;
    const { sandbox } = worker;
    if (sandbox === undefined) return;
    let container: Container;
    try {
      container = ctx.runtime.createContainer(sandbox, containerConfig(worker, slot, { image, sandbox }));
    } catch (error) {
      if (!(error instanceof ConfigError) && !(error instanceof ContainerError)) throw error;
      const retryAt = ctx.sim.now + syncRetry(ctx.random);
      const reason = error instanceof ConfigError ? "CreateContainerConfigError" : error.reason;
      worker.startFailed(slot, { reason, message: error.message, retryAt, background: true });
      return;
    }
    const forgotten = slot.previous;
    slot.replace(container);
    if (forgotten !== undefined) ctx.runtime.removeContainer(forgotten);
    this.tell("Created", "Container created");
    try {
      container.start(() => worker.containerEnded(slot));
    } catch (error) {
      if (!(error instanceof ContainerError)) throw error;
      slot.seenExit = true;
      worker.record(slot, `${error.reason}: ${error.message}`);
      worker.startFailed(slot, {
        reason: error.reason,
        message: error.message,
        retryAt: ctx.sim.now,
        background: false,
      });
      return;
    }
    this.tell("Started", "Container started");
    worker.record(slot, "started");
    this.postStart(container);
  }

  private postStart(container: Container): void {
    const { worker, slot } = this;
    const hook = slot.spec.lifecycle?.postStart;
    if (hook === undefined) {
      worker.containerStarted(slot);
      return;
    }
    this.giveUp = runHook(worker, { slot, container, hook }, (failure) => {
      if (this.cancelled) return;
      if (failure === undefined) return worker.containerStarted(slot);
      worker.ctx.events.event(worker.pod, "Warning", {
        reason: "FailedPostStartHook",
        message: "PostStartHook failed",
        fieldPath: containerPath(worker.pod, slot.spec),
      });
      worker.restart(slot, {
        message: "FailedPostStartHook",
        graceSeconds: worker.pod.spec.terminationGracePeriodSeconds ?? 30,
      });
      worker.startFailed(slot, {
        reason: "PostStartHookError",
        message: failure,
        retryAt: worker.ctx.sim.now,
        background: false,
      });
    });
  }

  private tell(reason: string, message: string): void {
    const { worker, slot } = this;
    worker.ctx.events.event(worker.pod, "Normal", { reason, message, fieldPath: containerPath(worker.pod, slot.spec) });
  }
}
