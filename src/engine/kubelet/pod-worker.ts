/**
 * Brings one pod to what its object says and reports how it is: sandbox, init containers in order, app containers,
 * restarts with back-off, the end. Upstream: pkg/kubelet/pod_workers.go, kuberuntime/kuberuntime_manager.go (SyncPod).
 *
 * It moves by events alone (object changed, pull done, container ended, probe's verdict, back-off over): a pod that runs
 * and has no probes costs nothing. `sync` may be called at any time; it begins at most one thing.
 *
 * **Simplified:** upstream's relist (PLEG) looks each second at all containers; here each start and end is noticed after
 * a seeded part of a second. Back-off ends on the spot instead of at the next sync.
 */
import type { Pod, PodSpec } from "../api/generated/types.ts";
import { isPodTerminal } from "../api/core/pod/conditions.ts";
import type { Sandbox } from "../runtime/containers/sandbox.ts";
import { adoptSpec, withSlots } from "./adopt-spec.ts";
import type { ContainerSlot } from "./container-slot.ts";
import { ContainerStarter } from "./container-starter.ts";
import { containerPath } from "./container-path.ts";
import { holdBack } from "./crash-back-off.ts";
import type { KubeletContext } from "./kubelet-context.ts";
import { PodDeadline } from "./pod-deadline.ts";
import { PodProber } from "./pod-prober.ts";
import { PodResize } from "./pod-resize.ts";
import { PodTermination } from "./pod-termination.ts";
import { SandboxStarter } from "./sandbox-starter.ts";
import { noteStartFailure } from "./start-failure.ts";
import type { StartFailure } from "./start-failure.ts";
import type { PodVerdict } from "./pod-verdict.ts";
import { isOver, nextToStart } from "./start-order.ts";
import { StatusWriter } from "./status-writer.ts";
import { PodVolumes } from "./pod-volumes.ts";

/** Noticing takes between these, in milliseconds. */
const NOTICE_MIN = 50;
const NOTICE_SPAN = 900;

export class PodWorker {
  readonly ctx: KubeletContext;
  slots: readonly ContainerSlot[];
  readonly status: StatusWriter;
  readonly volumes: PodVolumes;
  readonly startTime: number;
  /** A pod from the node's own manifests; the API server shows its mirror. */
  readonly isStatic: boolean;
  pod: Pod;
  sandbox: Sandbox | undefined;
  sandboxAttempts = 0;
  termination: PodTermination | undefined;
  /** Why kubelet refused or gave up the pod. */
  verdict: PodVerdict | undefined;
  /** The spec whose requests count against the node. */
  allocatedSpec: PodSpec;
  /** The pod's own resources that its cgroup has, where those that count against the node are `allocatedSpec`'s. */
  actualResources: PodSpec["resources"];
  /** Present once somebody has resized the pod. */
  resizing: PodResize | undefined;
  private prober: PodProber | undefined;
  private starter: ContainerStarter | undefined;
  private readonly sandboxStarter: SandboxStarter;
  private readonly deadline = new PodDeadline(this);
  private gone = false;
  /** True once it holds nothing of the node. */
  released = false;

  constructor(ctx: KubeletContext, pod: Pod, options: { isStatic: boolean }) {
    this.ctx = ctx;
    this.pod = pod;
    this.allocatedSpec = pod.spec;
    this.actualResources = pod.spec.resources;
    this.isStatic = options.isStatic;
    this.startTime = ctx.sim.now;
    this.slots = withSlots([], pod);
    this.status = new StatusWriter(this);
    this.volumes = new PodVolumes(this);
    this.sandboxStarter = new SandboxStarter(this, (sandbox) => this.sandboxMade(sandbox));
  }

  get policy(): string {
    return this.pod.spec.restartPolicy ?? "Always";
  }

  get subject(): string {
    return `pods/${this.pod.metadata.namespace}/${this.pod.metadata.name}`;
  }

  get terminating(): boolean {
    return this.termination !== undefined;
  }

  /** True once no container of it runs or will run. */
  get finished(): boolean {
    if (this.gone) return true;
    if (this.verdict !== undefined) return !this.slots.some(({ running }) => running);
    return this.isTerminal() && !this.slots.some(({ running }) => running);
  }

  begin(): void {
    this.status.soon(0);
    this.deadline.follow();
    this.sync();
  }

  /** Refuses the pod for good. Upstream: kubelet.go, rejectPod. */
  reject(reason: string, message: string): void {
    this.slots = [];
    this.verdict = { phase: "Failed", reason, message: `Pod was rejected: ${message}` };
    this.ctx.events.event(this.pod, "Warning", { reason, message });
    this.release();
    this.status.soon(0);
  }

  /** The pod's object has changed. */
  update(pod: Pod): void {
    const before = this.pod;
    this.pod = pod;
    // Others may have ended it, as the collector of pods does for a silent node. Upstream: kubelet's filterOutInactivePods.
    if (isPodTerminal(pod)) this.uncount();
    if (pod.metadata.deletionTimestamp !== undefined && !this.isStatic) {
      this.terminate(pod.metadata.deletionGracePeriodSeconds ?? 30);
      return;
    }
    this.volumes.podChanged(before);
    if (before.spec !== pod.spec) adoptSpec(this);
    if (before.spec.activeDeadlineSeconds !== pod.spec.activeDeadlineSeconds && !this.finished) this.deadline.follow();
    if (before.metadata.generation !== pod.metadata.generation) this.status.soon();
  }

  /** Ends the pod; a second call may only make the time shorter. */
  terminate(graceSeconds: number): void {
    if (this.termination === undefined) {
      this.stopStarting();
      this.termination = new PodTermination(this, graceSeconds);
      this.termination.begin();
    } else this.termination.shorten(graceSeconds);
  }

  /** Does the next thing that the pod needs, if there is one. */
  sync(): void {
    if (this.gone || this.terminating || this.verdict !== undefined || !this.ctx.active) return;
    if (this.sandbox === undefined) {
      this.sandboxStarter.begin();
      return;
    }
    if (this.isTerminal()) {
      this.stopRemaining();
      this.release();
      return;
    }
    if (this.starter !== undefined) return;
    const { sim } = this.ctx;
    for (;;) {
      const slot = nextToStart(this.slots, this.policy, sim.now);
      if (slot === undefined) break;
      if (holdBack(this, slot)) continue;
      this.start(slot);
      if (this.starter !== undefined) return;
    }
  }

  /** The main process of a container ended; kubelet will notice. */
  containerEnded(slot: ContainerSlot): void {
    const { exit } = slot.current ?? {};
    if (exit === undefined) return;
    this.record(slot, `${exit.reason} (${exit.exitCode})`);
    if (this.termination !== undefined) {
      this.seeExit(slot);
      // Its status may say now that it has ended, and others are sent to take its place.
      if (!this.slots.some(({ running }) => running)) this.uncount();
      this.termination.containerEnded();
      return;
    }
    const { current } = slot;
    this.ctx.sim.after(this.noticeDelay(), () => {
      if (slot.current !== current || this.gone || !this.ctx.active) return;
      this.seeExit(slot);
      this.status.soon();
      if (this.verdict !== undefined && this.finished) this.release();
      this.sync();
    });
  }

  /** Notices everything that happened while kubelet was away. */
  catchUp(): void {
    for (const slot of this.slots) {
      if (slot.current?.exit !== undefined && !slot.seenExit) this.seeExit(slot);
      else if (slot.running) this.seeRunning(slot);
    }
    if (this.sandbox?.ready === false) {
      this.ctx.runtime.removeSandbox(this.sandbox);
      this.sandbox = undefined;
    }
    if (this.sandbox === undefined && this.sandboxAttempts > 0 && !this.isTerminal() && this.verdict === undefined) {
      const message = "Pod sandbox changed, it will be killed and re-created.";
      this.ctx.events.event(this.pod, "Normal", { reason: "SandboxChanged", message });
    }
    this.status.soon(0);
    this.sync();
  }

  /** The container runs and its postStart hook is done. */
  containerStarted(slot: ContainerSlot): void {
    this.starter = undefined;
    const { current } = slot;
    this.ctx.sim.after(this.noticeDelay(), () => {
      if (slot.current !== current || this.gone || !this.ctx.active) return;
      this.seeRunning(slot);
    });
    this.sync();
  }

  /** The container couldn't be started; it will be tried again at `retryAt`. */
  startFailed(slot: ContainerSlot, why: StartFailure): void {
    this.starter = undefined;
    noteStartFailure(this, slot, why);
    this.status.soon();
    this.sync();
  }

  /** The spec asks for other resources than before, or there is more room. */
  resize(): void {
    if (this.terminating || this.verdict !== undefined || this.finished) return;
    this.resizing ??= new PodResize(this);
    this.resizing.review();
  }

  /** From now on these requests count against the node. */
  allocate(spec: PodSpec): void {
    this.ctx.reallocate(this, spec);
    this.allocatedSpec = spec;
  }

  /** A probe changed its mind. */
  probed(): void {
    this.status.soon();
    this.sync();
  }

  /** Stops a container; its restart policy decides what comes then. */
  restart(slot: ContainerSlot, why: { message: string; graceSeconds: number }): void {
    const { current } = slot;
    if (current === undefined || slot.stopping) return;
    slot.stopping = true;
    this.ctx.events.event(this.pod, "Normal", {
      reason: "Killing",
      message: why.message,
      fieldPath: containerPath(this.pod, slot.spec),
    });
    PodTermination.stopContainer(this, slot, { graceSeconds: why.graceSeconds });
  }

  record(slot: ContainerSlot, detail: string): void {
    this.ctx.sim.record("container", { actor: this.ctx.actor, subject: `${this.subject}/${slot.name}`, detail });
  }

  /** The worker ends: nothing of the pod is left on the node. */
  retire(): void {
    if (this.gone) return;
    this.gone = true;
    this.release();
    if (this.sandbox !== undefined) this.ctx.runtime.removeSandbox(this.sandbox);
    this.status.stop();
    this.volumes.tearDown();
    this.ctx.images.forget(this.pod);
    this.ctx.devices.forget(this.pod);
    this.ctx.retired(this);
  }

  /** The node lost its power: forget what was under way. */
  powerOff(): void {
    this.stopStarting();
    this.prober?.stop();
    this.prober = undefined;
    this.status.stop();
    this.volumes.powerOff();
    this.termination?.stop();
    this.termination = undefined;
    for (const slot of this.slots) this.ctx.sim.cancel(slot.retry);
  }

  /** The kubelet process ended: containers go on, nobody looks after them. */
  suspend(): void {
    this.stopStarting();
    this.prober?.stop();
    this.prober = undefined;
    this.status.stop();
  }

  stopProbes(slot: ContainerSlot): void {
    this.prober?.remove(slot);
  }

  private noticeDelay(): number {
    return NOTICE_MIN + this.ctx.random.int(NOTICE_SPAN);
  }

  private stopStarting(): void {
    this.sandboxStarter.cancel();
    this.starter?.cancel();
    this.starter = undefined;
  }

  /** Its requests count no longer against the node. Upstream counts what the API server shows and has not ended. */
  uncount(): void {
    if (!this.released) this.ctx.released(this);
    this.released = true;
  }

  /** Frees what an ended pod still holds: its share of the node, probes, deadline, the sandbox' address. */
  private release(): void {
    this.uncount();
    this.deadline.stop();
    this.resizing?.stop();
    for (const slot of this.slots) this.ctx.sim.cancel(slot.retry);
    this.prober?.stop();
    this.prober = undefined;
    if (this.sandbox?.ready === true && !this.slots.some(({ running }) => running)) {
      this.sandbox.stop();
      this.status.soon();
    }
  }

  private sandboxMade(sandbox: Sandbox): void {
    this.sandbox = sandbox;
    this.status.soon(1000);
    this.sync();
  }

  /** Looks at the container again at that time. `background`: nothing new is to be expected of it. */
  retryAt(slot: ContainerSlot, at: number, background: boolean): void {
    const { sim } = this.ctx;
    slot.notBefore = at;
    sim.cancel(slot.retry);
    slot.retry = sim.after(Math.max(0, at - sim.now), () => this.sync(), { background });
  }

  private start(slot: ContainerSlot): void {
    this.starter = new ContainerStarter(this, slot);
    const { starter } = this;
    starter.begin();
  }

  private seeRunning(slot: ContainerSlot): void {
    if (!slot.running) return;
    slot.seenRunning = true;
    if (slot.kind === "ephemeral") {
      this.status.soon();
      return;
    }
    const { startupProbe, readinessProbe } = slot.spec;
    if (startupProbe === undefined) slot.started = true;
    if (slot.started && readinessProbe === undefined) slot.ready = true;
    if (PodProber.wanted(slot)) {
      this.prober ??= new PodProber(this);
      this.prober.add(slot);
    }
    this.resizing?.settle();
    this.status.soon();
    this.sync();
  }

  private seeExit(slot: ContainerSlot): void {
    slot.seenExit = true;
    slot.seenRunning = true;
    slot.ready = false;
    slot.started = false;
    slot.stopping = false;
    this.stopProbes(slot);
    slot.message = this.volumes.terminationMessage(slot);
    if (!slot.shouldStart(this.policy)) slot.waiting = undefined;
  }

  private isTerminal(): boolean {
    return isOver(this.slots, this.policy);
  }

  /** The pod is over: what only went along with its containers ends too. */
  private stopRemaining(): void {
    this.starter?.cancel();
    this.starter = undefined;
    for (const slot of this.slots) {
      if (!slot.running) continue;
      this.restart(slot, {
        message: `Stopping container ${slot.name}`,
        graceSeconds: this.pod.spec.terminationGracePeriodSeconds ?? 30,
      });
    }
  }

  /** Ends the pod for good, though its object stays. Its status says so once its containers have ended. */
  giveUp(why: { reason: string; message: string; graceSeconds: number; disruption: boolean }): void {
    if (this.verdict !== undefined || this.gone) return;
    const { reason, message, graceSeconds, disruption } = why;
    this.stopStarting();
    this.verdict = { phase: "Failed", reason, message, disruption };
    for (const slot of this.slots) {
      if (slot.running) this.restart(slot, { message: `Stopping container ${slot.name}`, graceSeconds });
    }
    if (this.finished) this.release();
    this.status.soon();
  }
}
