/** A stateful set's status, computed from its pods. Upstream: computeReplicaStatus, completeRollingUpdate in pkg/controller/statefulset. */
import type { Pod, StatefulSet, StatefulSetStatus } from "../../api/generated/types.ts";
import { isAvailable, isGoing, isReady, revisionOf } from "./pods.ts";
import type { Availability } from "./pods.ts";

export interface RevisionNames {
  current: string;
  update: string;
  collisionCount: number;
}

export interface ReplicaCounts {
  replicas: number;
  ready: number;
  available: number;
  current: number;
  updated: number;
}

export function countReplicas(
  pods: readonly Pod[],
  revisions: RevisionNames,
  availability: Availability,
): ReplicaCounts {
  const counts: ReplicaCounts = { replicas: pods.length, ready: 0, available: 0, current: 0, updated: 0 };
  for (const pod of pods) {
    if (isReady(pod)) {
      counts.ready++;
      if (isAvailable(pod, availability)) counts.available++;
    }
    if (isGoing(pod)) continue;
    const revision = revisionOf(pod);
    if (revision === revisions.current) counts.current++;
    if (revision === revisions.update) counts.updated++;
  }
  return counts;
}

/** An update that reached every pod is over: what was to come is what is. */
export function statusOf(set: StatefulSet, counts: ReplicaCounts, revisions: RevisionNames): StatefulSetStatus {
  const { replicas = 1, updateStrategy } = set.spec;
  const isComplete =
    updateStrategy?.type === "RollingUpdate" &&
    counts.updated === replicas &&
    counts.ready === replicas &&
    counts.replicas === replicas;
  const current = isComplete ? counts.updated : counts.current;
  const { conditions } = set.status;
  return {
    observedGeneration: set.metadata.generation,
    replicas: counts.replicas,
    ...(counts.ready > 0 && { readyReplicas: counts.ready }),
    ...(current > 0 && { currentReplicas: current }),
    ...(counts.updated > 0 && { updatedReplicas: counts.updated }),
    currentRevision: isComplete ? revisions.update : revisions.current,
    updateRevision: revisions.update,
    collisionCount: revisions.collisionCount,
    ...(conditions && { conditions }),
    availableReplicas: counts.available,
  };
}
