/**
 * CrashLoopBackOff. Upstream: kuberuntime_manager.go, doBackOff.
 */
import { containerPath } from "./container-path.ts";
import { formatGoDuration } from "../base/go-duration.ts";
import type { ContainerSlot } from "./container-slot.ts";
import type { PodWorker } from "./pod-worker.ts";

/** True when the container crashed so lately that it has to wait; else the next wait will be longer. */
export function holdBack(worker: PodWorker, slot: ContainerSlot): boolean {
  const { sim, events, settings } = worker.ctx;
  const exit = slot.current?.exit;
  if (exit === undefined) return false;
  const until = slot.backOff.until(exit.finishedAt);
  if (until <= sim.now) {
    const reason = slot.waiting?.reason;
    // A retried pull is the same restart as before.
    if (reason !== "ErrImagePull" && reason !== "ImagePullBackOff")
      slot.backOff.next(exit.finishedAt, settings.crashBackOff);
    return false;
  }
  const { namespace, name, uid } = worker.pod.metadata;
  const delay = formatGoDuration(slot.backOff.current);
  const message = `back-off ${delay} restarting failed container=${slot.name} pod=${name}_${namespace}(${uid})`;
  slot.waiting = { reason: "CrashLoopBackOff", message };
  events.event(worker.pod, "Warning", {
    reason: "BackOff",
    message: `Back-off restarting failed container ${slot.name} in pod ${name}_${namespace}(${uid})`,
    fieldPath: containerPath(worker.pod, slot.spec),
  });
  worker.retryAt(slot, until, slot.backOff.settled);
  worker.status.soon();
  return true;
}
