/** A replica set's status, computed from its pods. Upstream: pkg/controller/replicaset/replica_set_utils.go. */
import type { ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from "../../api/generated/types.ts";
import { formatTime } from "../../base/time.ts";
import type { PodCounts } from "./counts.ts";

const REPLICA_FAILURE = "ReplicaFailure";

/** `failure`: why pods could not be created or deleted in this pass. */
export function calculateStatus(
  replicaSet: ReplicaSet,
  counts: PodCounts,
  { failure, now }: { failure: string | undefined; now: number },
): ReplicaSetStatus {
  const conditions = nextConditions(replicaSet, counts.active, { failure, now });
  return {
    replicas: counts.active,
    ...(counts.fullyLabeled > 0 && { fullyLabeledReplicas: counts.fullyLabeled }),
    ...(counts.ready > 0 && { readyReplicas: counts.ready }),
    ...(counts.available > 0 && { availableReplicas: counts.available }),
    terminatingReplicas: counts.terminating,
    observedGeneration: replicaSet.metadata.generation,
    ...(conditions.length > 0 && { conditions: [...conditions] }),
  };
}

function nextConditions(
  replicaSet: ReplicaSet,
  active: number,
  { failure, now }: { failure: string | undefined; now: number },
): readonly ReplicaSetCondition[] {
  const conditions = replicaSet.status.conditions ?? [];
  const known = conditions.find(({ type }) => type === REPLICA_FAILURE);
  if (failure === undefined) return known === undefined ? conditions : conditions.filter((kept) => kept !== known);
  if (known !== undefined) return conditions;
  const reason = active < (replicaSet.spec.replicas ?? 1) ? "FailedCreate" : "FailedDelete";
  const lastTransitionTime = formatTime(now);
  return [...conditions, { type: REPLICA_FAILURE, status: "True", lastTransitionTime, reason, message: failure }];
}
