/** What pods' statuses say. Upstream: pkg/api/v1/pod/util.go, pkg/controller/controller_utils.go. */
import { SECOND, parseTime } from "../../../base/time.ts";
import type { Pod, PodCondition, PodStatus } from "../../generated/types.ts";

export function getPodCondition(status: PodStatus | undefined, type: string): PodCondition | undefined {
  const conditions = status?.conditions;
  if (conditions === undefined) return undefined;
  for (const condition of conditions) if (condition.type === type) return condition;
  return undefined;
}

export function isPodReady(pod: Pod): boolean {
  return getPodCondition(pod.status, "Ready")?.status === "True";
}

/** Milliseconds until a ready pod counts as available; undefined: it is not ready. */
export function untilAvailable(pod: Pod, minReadySeconds: number, now: number): number | undefined {
  const ready = getPodCondition(pod.status, "Ready");
  if (ready?.status !== "True") return undefined;
  if (minReadySeconds === 0) return 0;
  if (ready.lastTransitionTime === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(0, parseTime(ready.lastTransitionTime) + minReadySeconds * SECOND - now);
}

/** Succeeded or Failed: its containers will not run again. */
export function isPodTerminal(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return phase === "Succeeded" || phase === "Failed";
}

/** Counts towards a controller's replicas: neither finished nor being deleted. */
export function isPodActive(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && !isPodTerminal(pod);
}

/** On its way out, with containers that may still run. */
export function isPodTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined && !isPodTerminal(pod);
}
