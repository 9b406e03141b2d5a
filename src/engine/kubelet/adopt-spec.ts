/**
 * What a pod's worker does about its containers when the pod's spec is new or changes: images may change, ephemeral
 * containers may be added. Upstream: kuberuntime_manager.go, computePodActions.
 */
import type { Container, Pod } from "../api/generated/types.ts";
import { deepEqual } from "../base/json.ts";
import { ContainerSlot } from "./container-slot.ts";
import { sameResources } from "./pod-resize.ts";
import type { PodWorker } from "./pod-worker.ts";

/** The slots that there are, and slots for the containers that have none yet; the same list when there are none. */
export function withSlots(slots: readonly ContainerSlot[], { spec }: Pod): readonly ContainerSlot[] {
  const added: ContainerSlot[] = [];
  if (slots.length === 0) {
    for (const container of spec.initContainers ?? []) added.push(new ContainerSlot(container, "init"));
    for (const container of spec.containers) added.push(new ContainerSlot(container, "app"));
  }
  for (const container of spec.ephemeralContainers ?? []) {
    if (slots.some(({ name }) => name === container.name)) continue;
    added.push(new ContainerSlot(container as Container, "ephemeral"));
  }
  return added.length === 0 ? slots : slots.concat(added);
}

/** The worker's pod has another spec than before. */
export function adoptSpec(worker: PodWorker): void {
  const { pod, slots } = worker;
  let resized = !deepEqual(pod.spec.resources, worker.allocatedSpec.resources);
  for (const slot of slots) {
    const spec = containersOf(pod, slot).find(({ name }) => name === slot.name);
    if (spec === undefined || spec === slot.spec) continue;
    const imageChanged = spec.image !== slot.spec.image;
    // Upstream: GetBackoffKey. What failed was another container.
    if (imageChanged || !sameResources(spec, slot.spec)) slot.backOff.reset();
    if (!sameResources(spec, slot.spec)) resized = true;
    else {
      if (slot.allocated === slot.spec) slot.allocated = spec;
      if (slot.actual === slot.spec) slot.actual = spec;
    }
    slot.spec = spec;
    if (imageChanged && slot.running) {
      worker.restart(slot, {
        message: `Container ${slot.name} definition changed, will be restarted`,
        graceSeconds: pod.spec.terminationGracePeriodSeconds ?? 30,
      });
    } else if (imageChanged) {
      slot.notBefore = 0;
      worker.sync();
    }
  }
  if (resized) worker.resize();
  // A refused pod has no slots, and gets none.
  if (worker.verdict !== undefined) return;
  worker.slots = withSlots(slots, pod);
  if (worker.slots !== slots) worker.sync();
}

function containersOf({ spec }: Pod, { kind }: ContainerSlot): readonly Container[] {
  if (kind === "app") return spec.containers;
  return (kind === "ephemeral" ? (spec.ephemeralContainers as Container[]) : spec.initContainers) ?? [];
}
