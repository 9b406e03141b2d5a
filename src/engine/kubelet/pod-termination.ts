/**
 * The end of a pod: preStop hooks, SIGTERM, the grace period, SIGKILL, last status, and its removal from the API.
 * Upstream: kuberuntime_container.go (killContainer), pod_workers.go, status_manager.go (canBeDeleted).
 * All containers are told at once, but sidecars get their signal when the app containers and those behind them have
 * ended, or when the time is over (kuberuntime_termination_order.go).
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

/** A pod that can't be ended is looked at again after so long, plus up to a half. Upstream: pod_workers.go, backOffPeriod. */
const KILL_RETRY = 10_000;

/** Why the pod network's plugin can't take a sandbox out. Upstream: containerd internal/cri/server, teardownPodNetwork. */
function networkProblem({ ctx, pod, sandbox }: PodWorker): string | undefined {
  if (sandbox === undefined || pod.spec.hostNetwork === true) return undefined;
  const { initialized, failure } = ctx.cni();
  const failed = `failed to destroy network for sandbox "${sandbox.id}"`;
  if (!initialized) return `${failed}: cni plugin not initialized`;
  if (failure?.missing === undefined) return undefined;
  return `${failed}: plugin type="${failure.plugin}" failed (delete): ${failure.missing}`;
}

const atOnce = (go: () => void): void => go();

export class PodTermination {
  private readonly worker: PodWorker;
  private grace: number;
  private readonly startedAt: number;
  /** Sidecars that wait for their turn, and what is then to be done. */
  private readonly turns = new Map<ContainerSlot, { go: () => void; limit: Timer }>();
  private ended = false;
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
    return this.ended;
  }

  /** No container will run again and the sandbox can go, so that the phase is that of what has ended. */
  get terminal(): boolean {
    return this.ended && networkProblem(this.worker) === undefined;
  }

  begin(): void {
    for (const slot of this.worker.slots) this.stopSlot(slot);
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
    for (const slot of [...this.turns.keys()]) if (this.isTurnOf(slot)) this.takeTurn(slot);
    if (!this.ended && !worker.slots.some(({ running }) => running)) {
      this.ended = true;
      const { sim, random } = worker.ctx;
      this.timer = sim.after(TEARDOWN_MIN + random.int(TEARDOWN_SPAN), () => this.finish());
    } else worker.status.soon();
  }

  stop(): void {
    const { sim } = this.worker.ctx;
    sim.cancel(this.timer);
    for (const { limit } of this.turns.values()) sim.cancel(limit);
  }

  /** Hook, signal and, when the time is over, SIGKILL. `inTurn` calls what it is given when the signal may be sent. */
  static stopContainer(
    worker: PodWorker,
    slot: ContainerSlot,
    { graceSeconds, inTurn = atOnce }: { graceSeconds: number; inTurn?: (go: () => void) => void },
  ): void {
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
    if (hook === undefined || graceSeconds <= 0) return inTurn(terminate);
    let over = false;
    const once = (failure: string | undefined): void => {
      if (over) return;
      over = true;
      sim.cancel(limit);
      if (failure !== undefined) {
        const fieldPath = containerPath(worker.pod, slot.spec);
        events.event(worker.pod, "Warning", { reason: "FailedPreStopHook", message: "PreStopHook failed", fieldPath });
      }
      inTurn(terminate);
    };
    const limit = sim.after(graceSeconds * 1000, () => {
      giveUp();
      once(undefined);
    });
    const giveUp = runHook(worker, { slot, container: current, hook }, once);
  }

  /** Whether nothing runs any more that ends before this sidecar. */
  private isTurnOf(sidecar: ContainerSlot): boolean {
    const { slots } = this.worker;
    const behind = slots.indexOf(sidecar) + 1;
    return !slots.some(
      ({ kind, running }, index) => running && (kind === "app" || (kind === "sidecar" && index >= behind)),
    );
  }

  private awaitTurn(sidecar: ContainerSlot, go: () => void): void {
    const left = this.remaining();
    if (left <= 0 || this.isTurnOf(sidecar)) return go();
    const limit = this.worker.ctx.sim.after(left * 1000, () => this.takeTurn(sidecar));
    this.turns.set(sidecar, { go, limit });
  }

  private takeTurn(sidecar: ContainerSlot): void {
    const turn = this.turns.get(sidecar);
    if (turn === undefined) return;
    this.turns.delete(sidecar);
    this.worker.ctx.sim.cancel(turn.limit);
    turn.go();
  }

  private stopSlot(slot: ContainerSlot): void {
    const { worker } = this;
    if (!slot.running) return;
    const message = `Stopping container ${slot.name}`;
    const fieldPath = containerPath(worker.pod, slot.spec);
    if (!slot.stopping) worker.ctx.events.event(worker.pod, "Normal", { reason: "Killing", message, fieldPath });
    slot.stopping = true;
    const inTurn = slot.kind === "sidecar" ? (go: () => void): void => this.awaitTurn(slot, go) : atOnce;
    PodTermination.stopContainer(worker, slot, { graceSeconds: this.remaining(), inTurn });
  }

  private remaining(): number {
    return Math.max(0, this.grace - (this.worker.ctx.sim.now - this.startedAt) / 1000);
  }

  /** Last status, then the delete that makes the object go. */
  private finish(): void {
    const { worker } = this;
    for (const slot of worker.slots) {
      if (slot.current?.exit !== undefined) slot.seenExit = true;
      if (slot.current !== undefined) slot.waiting = undefined;
    }
    const problem = networkProblem(worker);
    if (problem !== undefined) return this.tryAgain(problem);
    worker.sandbox?.stop();
    if (this.forgotten || worker.isStatic) return worker.retire();
    worker.status.flush();
    this.remove();
  }

  /** The sandbox keeps its network, and the pod is Terminating until the plugin can be asked. */
  private tryAgain(problem: string): void {
    const { ctx, pod, status } = this.worker;
    const why = JSON.stringify(`rpc error: code = Unknown desc = ${problem}`);
    const { uid } = pod.metadata;
    const message = `error killing pod: failed to "KillPodSandbox" for "${uid}" with KillPodSandboxError: ${why}`;
    ctx.events.event(pod, "Warning", { reason: "FailedKillPod", message });
    status.soon();
    this.timer = ctx.sim.after(KILL_RETRY + ctx.random.int(KILL_RETRY / 2), () => this.finish(), { background: true });
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
