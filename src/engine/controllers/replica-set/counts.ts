/** How many of a replica set's pods are what. */
import type { Pod, ReplicaSet } from "../../api/generated/types.ts";
import { selectorFromLabels } from "../../api/meta/selectors.ts";
import { isPodActive, isPodTerminating, untilAvailable } from "../../api/core/pod/conditions.ts";

export interface PodCounts {
  active: number;
  /** Active pods that have all labels of the template. */
  fullyLabeled: number;
  ready: number;
  available: number;
  terminating: number;
  /** Milliseconds until the next ready pod becomes available; undefined: none is waiting. */
  untilNextAvailable: number | undefined;
}

/** Counts one by one: O(pods). `PodTally` knows the same at once in the common case. */
export function countPods(replicaSet: ReplicaSet, pods: readonly Pod[], now: number): PodCounts {
  const template = selectorFromLabels(replicaSet.spec.template?.metadata?.labels);
  const minReadySeconds = replicaSet.spec.minReadySeconds ?? 0;
  const counts: PodCounts = {
    active: 0,
    fullyLabeled: 0,
    ready: 0,
    available: 0,
    terminating: 0,
    untilNextAvailable: undefined,
  };
  for (const pod of pods) {
    if (isPodTerminating(pod)) counts.terminating++;
    if (!isPodActive(pod)) continue;
    counts.active++;
    if (template.matches(pod.metadata.labels)) counts.fullyLabeled++;
    const wait = untilAvailable(pod, minReadySeconds, now);
    if (wait === undefined) continue;
    counts.ready++;
    if (wait === 0) counts.available++;
    else if (wait < (counts.untilNextAvailable ?? Number.POSITIVE_INFINITY)) counts.untilNextAvailable = wait;
  }
  return counts;
}
