/**
 * The end of a pod: preStop hooks, SIGTERM, the grace period, SIGKILL, last status, and its removal from the API.
 * Upstream: kuberuntime_container.go (killContainer), pod_workers.go, status_manager.go (canBeDeleted).
 * Sidecars outlive the app containers and end one by one, the last one first (termination_order.go).
 */
import { pods } from "../api/core/pod/index.ts";
import type { LifecycleHandler } from "../api/generated/types.ts";
import { StatusError, isConflict, isNotFound } from "../api/meta/status-error.ts";
import type { Signal } from "../base/program.ts";
import type { Timer } from "../sim/event-queue.ts";
import { containerPath } from "./container-path.ts";
import type { ContainerSlot } from "./container-slot.ts";
import { runHook } from "./lifecycle-hook.ts";
import type { PodWorker } from "./pod-worker.ts";

/** Every container gets at least this long between SIGTERM and SIGKILL. */
const MINIMUM_GRACE = 2;
const DELETE_RETRY = 10_000;
/** Milliseconds from the last container's end to the last status: the kubelet lists its containers once a second (PLEG). */
const TEARDOWN_MIN = 300;
const TEARDOWN_SPAN = 1000;

export class PodTermination {
  private readonly worker: PodWorker;
  private grace: number;
  private readonly startedAt: number;
  private stage: "apps" | "sidecars" | "done" = "apps";
  private timer: Timer | undefined;
  /** The object is gone from the API: nothing to write any more. */
  forgotten = false;

  constructor(worker: PodWorker, graceSeconds: number) {
    this.worker = worker;
    this.grace = graceSeconds;
    this.startedAt = worker.ctx.sim.now;
  }

  /** True once every container has ended. */
  get over(): boolean {
    return this.stage === "done";
  }

  begin(): void {
    this.stopAll();
    this.containerEnded();
  }

  /** A later delete asks for less time. */
  shorten(graceSeconds: number): void {
    if (graceSeconds >= this.grace || this.over) return;
    this.grace = graceSeconds;
    for (const slot of this.worker.slots) slot.current?.stop(this.remaining() * 1000);
  }

  containerEnded(): void {
    const { worker } = this;
    if (this.stage === "apps" && !this.worker.slots.some(({ kind, running }) => kind !== "sidecar" && running)) {
      this.stage = "sidecars";
    }
    if (this.stage === "sidecars") this.stopLastSidecar();
    if (this.stage === "sidecars" && !this.worker.slots.some(({ running }) => running)) {
      this.stage = "done";
      const { sim, random } = worker.ctx;
      this.timer = sim.after(TEARDOWN_MIN + random.int(TEARDOWN_SPAN), () => this.finish());
    } else worker.status.soon();
  }

  stop(): void {
    this.worker.ctx.sim.cancel(this.timer);
  }

  /** Hook, signal and, when the time is over, SIGKILL. */
  static stopContainer(worker: PodWorker, slot: ContainerSlot, graceSeconds: number): void {
    const { current } = slot;
    if (current === undefined || !current.running) return;
    const { sim, events } = worker.ctx;
    worker.stopProbes(slot);
    const began = sim.now;
    const signal = (slot.spec.lifecycle?.stopSignal ?? "SIGTERM") as Signal;
    const terminate = (): void => {
      const left = graceSeconds - (sim.now - began) / 1000;
      current.stop(Math.max(left, MINIMUM_GRACE) * 1000, signal);
    };
    const hook: LifecycleHandler | undefined = slot.spec.lifecycle?.preStop;
    if (hook === undefined || graceSeconds <= 0) return terminate();
    let over = false;
    const once = (failure: string | undefined): void => {
      if (over) return;
      over = true;
      sim.cancel(limit);
      if (failure !== undefined) {
        const fieldPath = containerPath(worker.pod, slot.spec);
        events.event(worker.pod, "Warning", { reason: "FailedPreStopHook", message: "PreStopHook failed", fieldPath });
      }
      terminate();
    };
    const limit = sim.after(graceSeconds * 1000, () => {
      giveUp();
      once(undefined);
    });
    const giveUp = runHook(worker, { slot, container: current, hook }, once);
  }

  private stopAll(): void {
    for (const slot of this.worker.slots) if (slot.kind !== "sidecar") this.stopSlot(slot);
  }

  private stopLastSidecar(): void {
    const last = this.worker.slots.findLast(({ kind, running }) => kind === "sidecar" && running);
    if (last !== undefined && !last.stopping) this.stopSlot(last);
  }

  private stopSlot(slot: ContainerSlot): void {
    const { worker } = this;
    if (!slot.running) return;
    const message = `Stopping container ${slot.name}`;
    const fieldPath = containerPath(worker.pod, slot.spec);
    if (!slot.stopping) worker.ctx.events.event(worker.pod, "Normal", { reason: "Killing", message, fieldPath });
    slot.stopping = true;
    PodTermination.stopContainer(worker, slot, this.remaining());
  }

  private remaining(): number {
    return Math.max(0, this.grace - (this.worker.ctx.sim.now - this.startedAt) / 1000);
  }

  /** Last status, then the delete that makes the object go. */
  private finish(): void {
    const { worker } = this;
    worker.sandbox?.stop();
    for (const slot of worker.slots) {
      if (slot.current?.exit !== undefined) slot.seenExit = true;
      if (slot.current !== undefined) slot.waiting = undefined;
    }
    if (this.forgotten || worker.isStatic) return worker.retire();
    worker.status.flush();
    this.remove();
  }

  private remove(): void {
    const { worker } = this;
    const { namespace, name, uid } = worker.pod.metadata;
    if (worker.pod.metadata.deletionTimestamp === undefined) return;
    try {
      worker.ctx.client.resource(pods).delete(namespace, name, { gracePeriodSeconds: 0, preconditions: { uid } });
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (!isNotFound(error) && !isConflict(error)) {
        this.timer = worker.ctx.sim.after(DELETE_RETRY, () => this.remove(), { background: true });
        return;
      }
    }
    worker.retire();
  }
}
