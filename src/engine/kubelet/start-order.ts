/**
 * Which container of a pod comes next, and whether any will. Upstream: kuberuntime_manager.go (computePodActions),
 * pkg/kubelet/container/helpers.go (ShouldContainerBeRestarted).
 */
import type { ContainerSlot } from "./container-slot.ts";

/**
 * Ephemeral containers, which wait for nobody; init containers one by one, each sidecar once the one before has started, then all others;
 * undefined: none now.
 */
export function nextToStart(slots: readonly ContainerSlot[], policy: string, now: number): ContainerSlot | undefined {
  const added = slots.find((slot) => slot.kind === "ephemeral" && slot.notBefore <= now && slot.shouldStart(policy));
  if (added !== undefined) return added;
  const begun = slots.some((slot) => slot.kind === "app" && slot.attempts > 0);
  for (const slot of slots) {
    if (slot.notBefore <= now && slot.shouldStart(policy)) return slot;
    if (slot.kind === "init" && !slot.succeeded) return undefined;
    if (slot.kind === "sidecar" && !begun && !(slot.running && slot.started)) return undefined;
  }
  return undefined;
}

/** All is over by the restart policy: no container will be started any more. */
export function isOver(slots: readonly ContainerSlot[], policy: string): boolean {
  if (
    policy === "Always" &&
    slots.every(({ spec }) => spec.restartPolicy === undefined || spec.restartPolicy === "Always")
  ) {
    return false;
  }
  const failed = slots.some(
    (slot) => slot.kind === "init" && slot.seenExit && !slot.succeeded && !slot.shouldStart(policy),
  );
  return failed || slots.every((slot) => slot.kind !== "app" || (slot.seenExit && !slot.shouldStart(policy)));
}
