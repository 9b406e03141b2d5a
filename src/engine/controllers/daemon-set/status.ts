/** A daemon set's status, counted node by node. Upstream: updateDaemonSetStatus in pkg/controller/daemon/daemon_controller.go. */
import { isPodReady, untilAvailable } from "../../api/core/pod/conditions.ts";
import type { DaemonSetStatus } from "../../api/generated/types.ts";
import { eligibility } from "./eligible-nodes.ts";
import type { Observed } from "./plan.ts";
import { isUpdated } from "./pod-template.ts";

export interface Counted {
  status: DaemonSetStatus;
  /** Milliseconds until the next ready pod becomes available; undefined: none is waiting. */
  untilNextAvailable: number | undefined;
}

/** `observed`: whether this pass acted upon the spec, not only looked. */
export function calculateStatus(
  { daemonSet, nodes, byNode, hash, now }: Observed,
  { observed }: { observed: boolean },
): Counted {
  const { minReadySeconds = 0 } = daemonSet.spec;
  const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, updated: 0, available: 0 };
  let next = Number.POSITIVE_INFINITY;
  for (const node of nodes) {
    const [pod] = byNode.get(node.metadata.name) ?? [];
    if (!eligibility(daemonSet, node).shouldRun) {
      if (pod !== undefined) counts.misscheduled++;
      continue;
    }
    counts.desired++;
    if (pod === undefined) continue;
    counts.current++;
    if (isUpdated(pod, daemonSet, hash)) counts.updated++;
    if (!isPodReady(pod)) continue;
    counts.ready++;
    const wait = untilAvailable(pod, minReadySeconds, now) ?? 0;
    if (wait === 0) counts.available++;
    else next = Math.min(next, wait);
  }
  const unavailable = counts.desired - counts.available;
  const { collisionCount, conditions, observedGeneration } = daemonSet.status;
  const generation = observed ? daemonSet.metadata.generation : observedGeneration;
  const status: DaemonSetStatus = {
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misscheduled,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    ...(generation !== undefined && { observedGeneration: generation }),
    ...(counts.updated > 0 && { updatedNumberScheduled: counts.updated }),
    ...(counts.available > 0 && { numberAvailable: counts.available }),
    ...(unavailable > 0 && { numberUnavailable: unavailable }),
    ...(collisionCount !== undefined && { collisionCount }),
    ...(conditions && { conditions }),
  };
  return { status, untilNextAvailable: Number.isFinite(next) ? next : undefined };
}
