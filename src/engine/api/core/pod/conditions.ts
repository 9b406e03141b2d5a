/** What pods' statuses say. Upstream: pkg/api/v1/pod/util.go, pkg/controller/controller_utils.go. */
import { SECOND, parseTime } from "../../../base/time.ts";
import type { Pod, PodCondition, PodStatus } from "../../generated/types.ts";

export function getPodCondition(status: PodStatus | undefined, type: string): PodCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

export function isPodReady(pod: Pod): boolean {
  return getPodCondition(pod.status, "Ready")?.status === "True";
}

/** Ready for at least `minReadySeconds` at `now` (virtual milliseconds). */
export function isPodAvailable(pod: Pod, now: number, minReadySeconds: number): boolean {
  const ready = getPodCondition(pod.status, "Ready");
  if (ready?.status !== "True") return false;
  if (minReadySeconds === 0) return true;
  const since = ready.lastTransitionTime;
  return since !== undefined && parseTime(since) + minReadySeconds * SECOND <= now;
}

/** Succeeded or Failed: its containers will not run again. */
export function isPodTerminal(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return phase === "Succeeded" || phase === "Failed";
}

/** Counts towards a controller's replicas: neither finished nor being deleted. */
export function isPodActive(pod: Pod): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
}

/**
 * `status` with `condition` in the place of the one of its type. `lastTransitionTime` is kept when the condition's status
 * stays; the same object comes back when nothing changes.
 */
export function setPodCondition(status: PodStatus, condition: PodCondition): PodStatus {
  const conditions = status.conditions ?? [];
  const index = conditions.findIndex((item) => item.type === condition.type);
  if (index < 0) return { ...status, conditions: [...conditions, condition] };
  const old = conditions[index] as PodCondition;
  const next =
    old.status === condition.status ? { ...condition, lastTransitionTime: old.lastTransitionTime } : condition;
  const same =
    old.status === next.status &&
    old.reason === next.reason &&
    old.message === next.message &&
    old.lastProbeTime === next.lastProbeTime &&
    old.observedGeneration === next.observedGeneration &&
    old.lastTransitionTime === next.lastTransitionTime;
  return same ? status : { ...status, conditions: conditions.with(index, next) };
}
