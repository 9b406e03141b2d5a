/** What becomes of the conditions of a node that is not heard of. Upstream: tryUpdateNodeHealth of node_lifecycle_controller.go. */
import type { Node, NodeCondition } from "../../api/generated/types.ts";
import { formatTime } from "../../base/time.ts";

const WATCHED = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/** The node's conditions with everything that its kubelet used to say turned into Unknown; the same list when it is so. */
export function silentConditions(node: Node, now: number): readonly NodeCondition[] {
  const present = node.status.conditions ?? [];
  const time = formatTime(now);
  let changed = false;
  const next = present.map((condition) => {
    if (!WATCHED.includes(condition.type) || condition.status === "Unknown") return condition;
    changed = true;
    return {
      ...condition,
      status: "Unknown",
      reason: "NodeStatusUnknown",
      message: "Kubelet stopped posting node status.",
      lastTransitionTime: time,
    };
  });
  for (const type of WATCHED) {
    if (present.some((condition) => condition.type === type)) continue;
    changed = true;
    next.push({
      type,
      status: "Unknown",
      reason: "NodeStatusNeverUpdated",
      message: "Kubelet never posted node status.",
      lastHeartbeatTime: node.metadata.creationTimestamp,
      lastTransitionTime: time,
    });
  }
  return changed ? next : present;
}

export type Disruption = "none" | "partial" | "full";

/** How badly a zone is off: with all of its nodes silent, the fault is more likely ours. `threshold`: the share from which on it is partly so. */
export function disruptionOf(ready: number, notReady: number, threshold: number): Disruption {
  if (ready === 0 && notReady > 0) return "full";
  return notReady > 2 && notReady / (ready + notReady) >= threshold ? "partial" : "none";
}
