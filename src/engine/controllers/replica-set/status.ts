/** A replica set's status, computed from its pods. Upstream: pkg/controller/replicaset/replica_set_utils.go. */
import type { Pod, ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from "../../api/generated/types.ts";
import { selectorFromLabels } from "../../api/meta/selectors.ts";
import { formatTime } from "../../base/time.ts";
import { untilAvailable } from "../pod-conditions.ts";

const REPLICA_FAILURE = "ReplicaFailure";

export interface ReplicaSetView {
  active: readonly Pod[];
  /** Pods on their way out. */
  terminating: number;
  /** Why pods could not be created or deleted in this pass. */
  failure: string | undefined;
  now: number;
}

/** Keeps the status's own order of fields and its conditions' identity, so that an unchanged one compares equal. */
export function calculateStatus(replicaSet: ReplicaSet, view: ReplicaSetView): ReplicaSetStatus {
  const { active, now } = view;
  const template = selectorFromLabels(replicaSet.spec.template?.metadata?.labels);
  const minReadySeconds = replicaSet.spec.minReadySeconds ?? 0;
  let fullyLabeled = 0;
  let ready = 0;
  let available = 0;
  let labels: Pod["metadata"]["labels"] | null = null;
  let isFullyLabeled = false;
  for (const pod of active) {
    // Pods of one template share their labels.
    if (pod.metadata.labels !== labels) {
      labels = pod.metadata.labels;
      isFullyLabeled = template.matches(labels);
    }
    if (isFullyLabeled) fullyLabeled++;
    const wait = untilAvailable(pod, minReadySeconds, now);
    if (wait === undefined) continue;
    ready++;
    if (wait === 0) available++;
  }
  const conditions = nextConditions(replicaSet, view);
  return {
    replicas: active.length,
    ...(fullyLabeled > 0 && { fullyLabeledReplicas: fullyLabeled }),
    ...(ready > 0 && { readyReplicas: ready }),
    ...(available > 0 && { availableReplicas: available }),
    terminatingReplicas: view.terminating,
    observedGeneration: replicaSet.metadata.generation,
    ...(conditions.length > 0 && { conditions: [...conditions] }),
  };
}

function nextConditions(
  replicaSet: ReplicaSet,
  { active, failure, now }: ReplicaSetView,
): readonly ReplicaSetCondition[] {
  const conditions = replicaSet.status.conditions ?? [];
  const known = conditions.find(({ type }) => type === REPLICA_FAILURE);
  if (failure === undefined) return known === undefined ? conditions : conditions.filter((kept) => kept !== known);
  if (known !== undefined) return conditions;
  const reason = active.length < (replicaSet.spec.replicas ?? 1) ? "FailedCreate" : "FailedDelete";
  const lastTransitionTime = formatTime(now);
  return [...conditions, { type: REPLICA_FAILURE, status: "True", lastTransitionTime, reason, message: failure }];
}
