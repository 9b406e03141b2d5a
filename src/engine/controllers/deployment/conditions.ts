/** A deployment's conditions: their reasons, messages and how one replaces another. Upstream: deployment/util/deployment_util.go. */
import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
  ReplicaSet,
  ReplicaSetCondition,
} from "../../api/generated/types.ts";
import { formatTime } from "../../base/time.ts";

export const AVAILABLE = "Available";
export const PROGRESSING = "Progressing";
export const REPLICA_FAILURE = "ReplicaFailure";

export const REPLICA_SET_UPDATED = "ReplicaSetUpdated";
export const REPLICA_SET_CREATE_ERROR = "ReplicaSetCreateError";
export const NEW_REPLICA_SET = "NewReplicaSetCreated";
export const FOUND_REPLICA_SET = "FoundNewReplicaSet";
export const NEW_REPLICA_SET_AVAILABLE = "NewReplicaSetAvailable";
export const TIMED_OUT = "ProgressDeadlineExceeded";
export const PAUSED = "DeploymentPaused";
export const RESUMED = "DeploymentResumed";
export const MINIMUM_AVAILABLE = "MinimumReplicasAvailable";
export const MINIMUM_UNAVAILABLE = "MinimumReplicasUnavailable";

/** Stands for "no deadline". */
const NEVER = 2 ** 31 - 1;

export type Conditions = readonly DeploymentCondition[];

export function conditionOf(status: DeploymentStatus, type: string): DeploymentCondition | undefined {
  return status.conditions?.find((condition) => condition.type === type);
}

export function hasProgressDeadline({ spec }: Deployment): boolean {
  return spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== NEVER;
}

export interface NewCondition {
  type: string;
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
}

/** The same status and reason: nothing happens. The same status: the transition time stays. The new one goes last. */
export function setCondition(conditions: Conditions, condition: NewCondition, now: number): Conditions {
  const present = conditions.find(({ type }) => type === condition.type);
  if (present?.status === condition.status && present.reason === condition.reason) return conditions;
  const time = formatTime(now);
  const lastTransitionTime = present?.status === condition.status ? present.lastTransitionTime : time;
  return putCondition(conditions, { ...condition, lastUpdateTime: time, lastTransitionTime });
}

export function putCondition(conditions: Conditions, condition: DeploymentCondition): Conditions {
  return [...conditions.filter(({ type }) => type !== condition.type), condition];
}

export function removeCondition(conditions: Conditions, type: string): Conditions {
  return conditions.some((condition) => condition.type === type)
    ? conditions.filter((condition) => condition.type !== type)
    : conditions;
}

/** The newest replica set's complaint, else any other's, as a condition of the deployment. */
export function replicaFailure(
  all: readonly ReplicaSet[],
  newest: ReplicaSet | undefined,
): DeploymentCondition | undefined {
  let failure = newest === undefined ? undefined : failureOf(newest);
  for (let i = 0; failure === undefined && i < all.length; i++) failure = failureOf(all[i] as ReplicaSet);
  return failure === undefined ? undefined : { ...failure, lastUpdateTime: failure.lastTransitionTime };
}

function failureOf({ status }: ReplicaSet): ReplicaSetCondition | undefined {
  return status.conditions?.find(({ type }) => type === REPLICA_FAILURE);
}
