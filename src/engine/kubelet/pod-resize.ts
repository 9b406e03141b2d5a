/**
 * In-place resize of a pod: whether the node has room for what the pod's spec asks for now, and the way from what its
 * containers have to that. Upstream: pkg/kubelet/allocation/allocation_manager.go, kuberuntime_manager.go
 * (computePodResizeAction, doPodResizeAction), pkg/kubelet/events (resize messages).
 *
 * Three states of each container's resources: wanted (`slot.spec`), allocated (`slot.allocated`: the node has promised
 * them), actual (`slot.actual`: its cgroup has them). A pod that was never resized has one for all three. Resources of the
 * pod itself have them too: `pod.spec`, `worker.allocatedSpec`, `worker.actualResources`.
 * **Simplified:** a deferred resize is looked at again when something is freed, without an order among several.
 */
import { podMemoryLimit, podRequests } from "../api/core/pod/resources.ts";
import type { Container, PodSpec } from "../api/generated/types.ts";
import { milliValue, quantityValue } from "../api/meta/quantity.ts";
import { deepEqual } from "../base/json.ts";
import type { Timer } from "../sim/event-queue.ts";
import { outOf } from "./admission.ts";
import type { Holdings } from "./admission.ts";
import { cgroupLimits } from "./container-config.ts";
import type { ContainerSlot } from "./container-slot.ts";
import type { Verdict } from "./pod-conditions.ts";
import type { PodWorker } from "./pod-worker.ts";

/** From the promise until the cgroups are written. */
const ACTUATE = 300;
/** From a failure until the next try: the pod worker's back-off period. */
const RETRY = 10_000;

export class PodResize {
  /** The condition PodResizePending, and PodResizeInProgress; absent: the pod hasn't it. */
  pending: Verdict | undefined;
  inProgress: Verdict | undefined;
  private readonly worker: PodWorker;
  private timer: Timer | undefined;

  constructor(worker: PodWorker) {
    this.worker = worker;
  }

  /** The spec asks for something else, or the node has more room. */
  review(): void {
    const { worker } = this;
    const changed = worker.slots.filter((slot) => !sameResources(slot.allocated, slot.spec));
    if (changed.length === 0 && deepEqual(worker.pod.spec.resources, worker.allocatedSpec.resources)) {
      if (this.pending !== undefined) worker.status.soon();
      this.pending = undefined;
      return;
    }
    const refusal = this.refusal();
    if (refusal !== undefined) return this.wait(refusal);
    this.pending = undefined;
    worker.allocate(worker.pod.spec);
    for (const slot of changed) slot.allocated = slot.spec;
    this.inProgress = { status: "True" };
    this.tell("Normal", "ResizeStarted", "started");
    worker.status.soon();
    worker.ctx.sim.cancel(this.timer);
    this.timer = worker.ctx.sim.after(ACTUATE, () => this.actuate());
  }

  stop(): void {
    this.worker.ctx.sim.cancel(this.timer);
  }

  /** A container has started anew, with what was promised to it. */
  settle(): void {
    if (this.inProgress === undefined || this.timer?.state === "scheduled") return;
    const open = this.worker.slots.some(
      (slot) => slot.kind !== "ephemeral" && (slot.restartWanted || !sameResources(slot.actual, slot.allocated)),
    );
    if (open || !deepEqual(this.worker.actualResources, this.worker.allocatedSpec.resources)) return;
    this.inProgress = undefined;
    this.tell("Normal", "ResizeCompleted", "completed");
    this.worker.status.soon();
  }

  private actuate(): void {
    const { worker } = this;
    const failure = decreaseRefusal(worker);
    if (failure !== undefined) return this.fail(failure);
    const before = worker.actualResources;
    const { resources: ofPod } = worker.allocatedSpec;
    worker.actualResources = ofPod;
    if (this.inProgress?.reason !== undefined) this.inProgress = { status: "True" };
    for (const slot of worker.slots) {
      if (!slot.running || (sameResources(slot.actual, slot.allocated) && deepEqual(before, ofPod))) continue;
      if (needsRestart(slot, { before, after: ofPod })) {
        const graceSeconds = worker.pod.spec.terminationGracePeriodSeconds ?? 30;
        slot.restartWanted = true;
        worker.restart(slot, { message: `Container ${slot.name} resize requires restart`, graceSeconds });
        continue;
      }
      if (slot.current !== undefined) slot.current.cgroup.limits = cgroupLimits(slot.allocated.resources, ofPod);
      slot.actual = slot.allocated;
    }
    worker.status.soon();
    this.settle();
  }

  /** Nothing of the resize is done, and all of it is tried again: containers may hold less by then. */
  private fail(message: string): void {
    const { worker, inProgress } = this;
    this.timer = worker.ctx.sim.after(RETRY, () => this.actuate());
    if (inProgress?.message === message) return;
    this.inProgress = { status: "True", reason: "Error", message };
    this.tell("Warning", "ResizeError", "error", message);
    worker.status.soon();
  }

  private wait(refusal: { reason: string; message: string }): void {
    const before = this.pending;
    this.pending = { status: "True", ...refusal };
    if (before?.reason === refusal.reason && before.message === refusal.message) return;
    this.tell("Warning", `Resize${refusal.reason}`, refusal.reason, refusal.message);
    this.worker.status.soon();
  }

  /** Infeasible: this node will never have that much. Deferred: not now. */
  private refusal(): { reason: string; message: string } | undefined {
    const { worker } = this;
    const { allocatable } = worker.ctx;
    const { milliCPU, memory } = podRequests(worker.pod.spec).requests;
    const cpuCapacity = milliValue(allocatable["cpu"] ?? "0");
    const memoryCapacity = quantityValue(allocatable["memory"] ?? "0");
    const infeasible = (name: string, requested: number, capacity: number) => ({
      reason: "Infeasible",
      message: `Node didn't have enough capacity: ${name}, requested: ${requested}, capacity: ${capacity}`,
    });
    if (memory > memoryCapacity) return infeasible("memory", memory, memoryCapacity);
    if (milliCPU > cpuCapacity) return infeasible("cpu", milliCPU, cpuCapacity);
    const others = worker.ctx.holdingsBeside(worker);
    const deferred = (name: keyof Holdings, requested: number, capacity: number) => ({
      reason: "Deferred",
      message: outOf(name, { requested, used: others[name], capacity }).message,
    });
    if (others.cpu + milliCPU > cpuCapacity) return deferred("cpu", milliCPU, cpuCapacity);
    if (others.memory + memory > memoryCapacity) return deferred("memory", memory, memoryCapacity);
    return undefined;
  }

  private tell(type: "Normal" | "Warning", reason: string, what: string, error?: string): void {
    const { pod, ctx } = this.worker;
    const summary = {
      ...resources(pod.spec),
      generation: pod.metadata.generation ?? 0,
      ...(error !== undefined && { error }),
    };
    ctx.events.event(pod, type, { reason, message: `Pod resize ${what}: ${JSON.stringify(summary)}` });
  }
}

/** CPU and memory alone can be resized. */
export function sameResources(a: Container, b: Container): boolean {
  return a === b || deepEqual(a.resources ?? {}, b.resources ?? {});
}

/** Limits of its pod count where it has none itself. */
function needsRestart(
  { spec, actual, allocated }: ContainerSlot,
  ofPod: { before: PodSpec["resources"]; after: PodSpec["resources"] },
): boolean {
  return (spec.resizePolicy ?? []).some(({ resourceName, restartPolicy }) => {
    if (restartPolicy !== "RestartContainer") return false;
    const limit = (own: Container, pod: PodSpec["resources"]): string | undefined =>
      own.resources?.limits?.[resourceName] ?? pod?.limits?.[resourceName];
    const request = ({ resources: own }: Container): string | undefined => own?.requests?.[resourceName];
    return request(actual) !== request(allocated) || limit(actual, ofPod.before) !== limit(allocated, ofPod.after);
  });
}

/**
 * Memory in use can't be taken away: why a limit can't go down to what was promised. A container that starts anew for it
 * holds none by then. Upstream: validateMemoryResizeAction.
 */
function decreaseRefusal({ allocatedSpec, actualResources, slots }: PodWorker): string | undefined {
  const ofPod = { before: actualResources, after: allocatedSpec.resources };
  const held = slots.filter((slot) => slot.running && !needsRestart(slot, ofPod));
  const all = {
    wanted: podMemoryLimit(specOf(allocatedSpec, slots, "allocated")),
    present: podMemoryLimit(specOf({ ...allocatedSpec, resources: actualResources }, slots, "actual")),
    used: held.reduce((sum, { current }) => sum + (current?.cgroup.memoryBytes ?? 0), 0),
  };
  const found = [
    tooLow("pod", all),
    ...held.map(({ name, allocated, actual, current }) =>
      tooLow(`container ${JSON.stringify(name)}`, {
        wanted: memoryLimit(allocated, ofPod.after),
        present: memoryLimit(actual, ofPod.before),
        used: current?.cgroup.memoryBytes ?? 0,
      }),
    ),
  ].filter((each) => each !== undefined);
  if (found.length === 0) return undefined;
  return `cannot decrease memory limits: ${found.length === 1 ? found[0] : `[${found.join(", ")}]`}`;
}

interface Decrease {
  /** Bytes; undefined: no limit. */
  readonly wanted: number | undefined;
  readonly present: number | undefined;
  readonly used: number;
}

function tooLow(what: string, { wanted, present = Infinity, used }: Decrease): string | undefined {
  if (wanted === undefined || wanted >= present || used < wanted) return undefined;
  return `attempting to set ${what} memory limit (${wanted}) below current usage (${used})`;
}

/** The pod with one of the states of its containers' resources. */
function specOf(spec: PodSpec, slots: readonly ContainerSlot[], state: "allocated" | "actual"): PodSpec {
  const stateOf = (container: Container): Container =>
    slots.find(({ name }) => name === container.name)?.[state] ?? container;
  return {
    ...spec,
    containers: spec.containers.map(stateOf),
    ...(spec.initContainers !== undefined && { initContainers: spec.initContainers.map(stateOf) }),
  };
}

function memoryLimit({ resources }: Container, ofPod: PodSpec["resources"]): number | undefined {
  const limit = resources?.limits?.["memory"] ?? ofPod?.limits?.["memory"];
  return limit === undefined ? undefined : quantityValue(limit);
}

/** In the order in which Go prints them. */
function resources({ initContainers = [], containers }: PodSpec): object {
  const list = (all: readonly Container[]): object[] =>
    all.map(({ name, resources: { limits, requests } = {} }) => ({
      name,
      resources: { limits: sorted(limits), requests: sorted(requests) },
    }));
  return { ...(initContainers.length > 0 && { initContainers: list(initContainers) }), containers: list(containers) };
}

function sorted(list: Readonly<Record<string, string>> | undefined): object | undefined {
  return list === undefined ? undefined : Object.fromEntries(Object.entries(list).sort(([a], [b]) => (a < b ? -1 : 1)));
}
