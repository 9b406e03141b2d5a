/** Which of two pods is rather spared. Upstream: pkg/scheduler/util/utils.go. */
import { parseTime } from "../../base/time.ts";
import type { PodInfo } from "../pod-info.ts";

/** A pod that no kubelet has taken up yet counts as started just now. */
export function startTime({ pod }: PodInfo): number {
  const time = pod.status?.startTime;
  return time === undefined ? Infinity : parseTime(time);
}

/** Orders pods by priority, of the same priority the one first that runs longer. */
export function byImportance(a: PodInfo, b: PodInfo): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  const started = startTime(a);
  const other = startTime(b);
  return started === other ? 0 : started < other ? -1 : 1;
}
