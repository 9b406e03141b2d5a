/** A deployment's status and whether it gets on. Upstream: pkg/controller/deployment/progress.go, calculateStatus in sync.go. */
import type { Deployment, DeploymentStatus, ReplicaSet } from "../../api/generated/types.ts";
import { SECOND, parseTime } from "../../base/time.ts";
import * as conditions from "./conditions.ts";
import type { Conditions, NewCondition } from "./conditions.ts";
import { maxUnavailable, replicasOf } from "./fenceposts.ts";
import {
  actualReplicas,
  availableReplicas,
  readyReplicas,
  terminatingReplicas,
  totalReplicas,
} from "./replica-set-lists.ts";

export interface Rollout {
  deployment: Deployment;
  newest: ReplicaSet | undefined;
  old: readonly ReplicaSet[];
  now: number;
}

export function allOf({ newest, old }: Rollout): readonly ReplicaSet[] {
  return newest === undefined ? old : [...old, newest];
}

export function calculateStatus(rollout: Rollout): DeploymentStatus {
  const { deployment, newest, now } = rollout;
  const all = allOf(rollout);
  const available = availableReplicas(all);
  const enough = available >= replicasOf(deployment) - maxUnavailable(deployment);
  const replicas = actualReplicas(all);
  const updated = newest === undefined ? 0 : actualReplicas([newest]);
  const ready = readyReplicas(all);
  const unavailable = Math.max(0, totalReplicas(all) - available);
  const { collisionCount } = deployment.status;
  const list = conditions.setCondition(deployment.status.conditions ?? [], availability(enough), now);
  // Counts that are 0 are left out, as over the wire.
  const status: DeploymentStatus = { observedGeneration: deployment.metadata.generation };
  if (replicas !== 0) status.replicas = replicas;
  if (updated !== 0) status.updatedReplicas = updated;
  if (ready !== 0) status.readyReplicas = ready;
  if (available !== 0) status.availableReplicas = available;
  if (unavailable !== 0) status.unavailableReplicas = unavailable;
  status.terminatingReplicas = terminatingReplicas(all);
  if (collisionCount !== undefined) status.collisionCount = collisionCount;
  status.conditions = [...list];
  return status;
}

function availability(enough: boolean): NewCondition {
  const { AVAILABLE, MINIMUM_AVAILABLE, MINIMUM_UNAVAILABLE } = conditions;
  return enough
    ? { type: AVAILABLE, status: "True", reason: MINIMUM_AVAILABLE, message: "Deployment has minimum availability." }
    : {
        type: AVAILABLE,
        status: "False",
        reason: MINIMUM_UNAVAILABLE,
        message: "Deployment does not have minimum availability.",
      };
}

/** `calculateStatus` plus what a rollout in progress says about itself. */
export function rolloutStatus(rollout: Rollout): DeploymentStatus {
  const status = calculateStatus(rollout);
  const progressed = progressCondition(rollout, status, status.conditions ?? []);
  const failure = conditions.replicaFailure(allOf(rollout), rollout.newest);
  const list =
    failure === undefined
      ? conditions.removeCondition(progressed, conditions.REPLICA_FAILURE)
      : withFailure(progressed, failure);
  return { ...status, conditions: [...list] };
}

function withFailure(list: Conditions, failure: NonNullable<ReturnType<typeof conditions.replicaFailure>>): Conditions {
  const present = list.find(({ type }) => type === failure.type);
  if (present?.status === failure.status && present.reason === failure.reason) return list;
  return conditions.putCondition(list, failure);
}

function progressCondition(rollout: Rollout, status: DeploymentStatus, list: Conditions): Conditions {
  const { deployment, newest, now } = rollout;
  const { PROGRESSING } = conditions;
  if (!conditions.hasProgressDeadline(deployment)) return conditions.removeCondition(list, PROGRESSING);
  const present = conditions.conditionOf(deployment.status, PROGRESSING);
  const isComplete =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) &&
    present?.reason === conditions.NEW_REPLICA_SET_AVAILABLE;
  if (isComplete) return list;
  const who =
    newest === undefined
      ? `Deployment ${JSON.stringify(deployment.metadata.name)}`
      : `ReplicaSet ${JSON.stringify(newest.metadata.name)}`;
  if (deploymentComplete(deployment, status)) {
    const message = `${who} has successfully progressed.`;
    const reason = conditions.NEW_REPLICA_SET_AVAILABLE;
    return conditions.setCondition(list, { type: PROGRESSING, status: "True", reason, message }, now);
  }
  if (deploymentProgressing(deployment, status)) {
    const next: NewCondition = {
      type: PROGRESSING,
      status: "True",
      reason: conditions.REPLICA_SET_UPDATED,
      message: `${who} is progressing.`,
    };
    // Progress renews the deadline, also when status and reason stay.
    const fresh = conditions.setCondition(conditions.removeCondition(list, PROGRESSING), next, now);
    const lastTransitionTime = present?.status === "True" ? present.lastTransitionTime : undefined;
    const made = fresh.at(-1) as (typeof fresh)[number];
    return lastTransitionTime === undefined ? fresh : conditions.putCondition(fresh, { ...made, lastTransitionTime });
  }
  if (deploymentTimedOut(deployment, status, now)) {
    const message = `${who} has timed out progressing.`;
    const reason = conditions.TIMED_OUT;
    return conditions.setCondition(list, { type: PROGRESSING, status: "False", reason, message }, now);
  }
  return list;
}

/** All pods are of the newest template, none is missing, none is left over. */
export function deploymentComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const wanted = replicasOf(deployment);
  return (
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

/** More updated, ready or available pods, or fewer old ones, than the status on record says. */
export function deploymentProgressing({ status: before }: Deployment, after: DeploymentStatus): boolean {
  const oldReplicas = (status: DeploymentStatus): number => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    oldReplicas(after) < oldReplicas(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

export function deploymentTimedOut(deployment: Deployment, status: DeploymentStatus, now: number): boolean {
  const deadline = progressDeadline(deployment, status);
  if (deadline === undefined) return false;
  return conditions.conditionOf(status, conditions.PROGRESSING)?.reason === conditions.TIMED_OUT || deadline < now;
}

/** When lack of progress will be reported; undefined: never. */
function progressDeadline(deployment: Deployment, status: DeploymentStatus): number | undefined {
  if (!conditions.hasProgressDeadline(deployment)) return undefined;
  const condition = conditions.conditionOf(status, conditions.PROGRESSING);
  if (condition?.lastUpdateTime === undefined || condition.reason === conditions.NEW_REPLICA_SET_AVAILABLE)
    return undefined;
  return parseTime(condition.lastUpdateTime) + (deployment.spec.progressDeadlineSeconds ?? 0) * SECOND;
}

/** Milliseconds after which to look whether the rollout is stuck; undefined: no need. */
export function untilStuck({ deployment, now }: Rollout, status: DeploymentStatus): number | undefined {
  const reason = conditions.conditionOf(status, conditions.PROGRESSING)?.reason;
  if (reason === conditions.TIMED_OUT || deploymentComplete(deployment, status)) return undefined;
  const deadline = progressDeadline(deployment, status);
  return deadline === undefined ? undefined : Math.max(0, deadline - now) + SECOND;
}
