/** The Recreate strategy: all old pods go before any new one comes. Upstream: pkg/controller/deployment/recreate.go. */
import type { Pod, ReplicaSet } from "../../api/generated/types.ts";
import { isPodTerminal } from "../../api/core/pod/conditions.ts";
import { activeOf, actualReplicas } from "./replica-set-lists.ts";
import type { ScaleStep } from "./rolling.ts";

export function planRecreateScaleDown(old: readonly ReplicaSet[]): readonly ScaleStep[] {
  return activeOf(old).map((replicaSet) => ({ replicaSet, replicas: 0 }));
}

/** True while a pod of an old replica set may still run, on its way out included. */
export function oldPodsRunning(
  old: readonly ReplicaSet[],
  podsOf: (replicaSet: ReplicaSet) => readonly Pod[],
): boolean {
  if (actualReplicas(old) > 0) return true;
  return old.some((replicaSet) => podsOf(replicaSet).some((pod) => !isPodTerminal(pod)));
}
