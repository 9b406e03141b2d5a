/** What controllers read from a pod's status. Upstream: pkg/api/v1/pod/util.go, pkg/controller/controller_utils.go. */
import type { Pod, PodCondition } from "../api/generated/types.ts";
import { SECOND, parseTime } from "../base/time.ts";

export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  const { conditions } = pod.status;
  if (conditions === undefined) return undefined;
  for (const condition of conditions) if (condition.type === type) return condition;
  return undefined;
}

export function isPodReady(pod: Pod): boolean {
  return podCondition(pod, "Ready")?.status === "True";
}

/** Milliseconds until a ready pod counts as available; undefined: it is not ready. */
export function untilAvailable(pod: Pod, minReadySeconds: number, now: number): number | undefined {
  const ready = podCondition(pod, "Ready");
  if (ready?.status !== "True") return undefined;
  if (minReadySeconds === 0) return 0;
  if (ready.lastTransitionTime === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(0, parseTime(ready.lastTransitionTime) + minReadySeconds * SECOND - now);
}

export function isPodTerminal(pod: Pod): boolean {
  return pod.status.phase === "Succeeded" || pod.status.phase === "Failed";
}

/** Neither finished nor on its way out. */
export function isPodActive(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && !isPodTerminal(pod);
}

/** On its way out, with containers that may still run. */
export function isPodTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined && !isPodTerminal(pod);
}
