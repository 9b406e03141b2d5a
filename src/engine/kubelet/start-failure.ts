/**
 * What is told of a container that couldn't be started, and when it is tried again.
 * Upstream: kuberuntime_manager.go, SyncPod (the end of `start`).
 */
import { containerPath } from "./container-path.ts";
import type { ContainerSlot } from "./container-slot.ts";
import type { PodWorker } from "./pod-worker.ts";

/** A pull's error is shown for so long before the back-off is. */
const PULL_ERROR_SHOWN = 1500;

/** Reasons whose event gives the message instead of the reason. */
const SHOWN_BY_MESSAGE: ReadonlySet<string> = new Set([
  "RunContainerError",
  "CreateContainerConfigError",
  "CreateContainerError",
]);

export interface StartFailure {
  reason: string;
  message: string;
  retryAt: number;
  /** True iff nothing new is to be expected of a retry. */
  background: boolean;
}

export function noteStartFailure(worker: PodWorker, slot: ContainerSlot, why: StartFailure): void {
  const { sim, events } = worker.ctx;
  const { reason, message, retryAt, background } = why;
  // One that isn't to be started again has ended; upstream: convertToAPIContainerStatuses.
  if (!slot.seenExit || slot.shouldStart(worker.policy)) slot.waiting = { reason, message };
  if (!reason.startsWith("PostStart")) {
    events.event(worker.pod, "Warning", {
      reason: "Failed",
      message: `Error: ${SHOWN_BY_MESSAGE.has(reason) ? message : reason}`,
      fieldPath: containerPath(worker.pod, slot.spec),
    });
  }
  const at = reason === "ErrImagePull" ? Math.min(retryAt, sim.now + PULL_ERROR_SHOWN) : retryAt;
  worker.retryAt(slot, at, background);
}
