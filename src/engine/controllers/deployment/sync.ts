/** One pass over one deployment: which of its ways of working applies, and that way. Upstream: deployment/{deployment_controller,sync,rolling,recreate,progress}.go. */
import type { DeploymentStatus, ReplicaSet } from "../../api/generated/types.ts";
import { isNotFound } from "../../api/meta/status-error.ts";
import { pods, replicaSets } from "../../api/registry.ts";
import { deepEqual } from "../../base/json.ts";
import type { ReconcileResult } from "../define-controller.ts";
import { scaleAll, scaleReplicaSet } from "./apply.ts";
import { planCleanup } from "./cleanup.ts";
import {
  conditionOf,
  hasProgressDeadline,
  PAUSED,
  PROGRESSING,
  RESUMED,
  setCondition,
  TIMED_OUT,
} from "./conditions.ts";
import { replicasOf } from "./fenceposts.ts";
import { calculateStatus, deploymentComplete, rolloutStatus, untilStuck } from "./progress.ts";
import { oldPodsRunning, planRecreateScaleDown } from "./recreate.ts";
import { findReplicaSets, updateStatus } from "./replica-sets.ts";
import type { Found, Pass } from "./replica-sets.ts";
import { activeOf } from "./replica-set-lists.ts";
import { planNewReplicaSet, planScaleDown, planUnhealthyCleanup, scaleDownRoom } from "./rolling.ts";
import { isScalingEvent, planScaling } from "./scaling.ts";

export function syncDeployment(pass: Pass): ReconcileResult {
  if (pass.deployment.metadata.deletionTimestamp !== undefined) {
    return syncStatus(pass, findReplicaSets(pass, { create: false }));
  }
  checkPaused(pass);
  if (pass.deployment.spec.paused === true) return syncSize(pass, findReplicaSets(pass, { create: false }));
  const found = findReplicaSets(pass, { create: false });
  const all = found.newest === undefined ? found.old : [...found.old, found.newest];
  if (isScalingEvent(pass.deployment, all)) return syncSize(pass, found);
  return pass.deployment.spec.strategy?.type === "Recreate"
    ? rolloutRecreate(pass, found)
    : rolloutRolling(pass, found);
}

/** Being paused is no lack of progress: the Progressing condition says so, and says when it is over. */
function checkPaused(pass: Pass): void {
  const { deployment, ctx } = pass;
  if (!hasProgressDeadline(deployment)) return;
  const reason = conditionOf(deployment.status, PROGRESSING)?.reason;
  if (reason === TIMED_OUT) return;
  const isPaused = deployment.spec.paused === true;
  if (isPaused === (reason === PAUSED)) return;
  const next = isPaused
    ? { reason: PAUSED, message: "Deployment is paused" }
    : { reason: RESUMED, message: "Deployment is resumed" };
  const present = deployment.status.conditions ?? [];
  const conditions = setCondition(present, { type: PROGRESSING, status: "Unknown", ...next }, ctx.sim.now);
  updateStatus(pass, { ...deployment.status, conditions: [...conditions] });
}

/** No rollout: only the size follows. */
function syncSize(pass: Pass, found: Found): ReconcileResult {
  for (const step of planScaling(pass.deployment, found.newest, found.old)) {
    scaleReplicaSet(pass.ctx, pass.deployment, step);
  }
  if (pass.deployment.spec.paused === true) cleanUp(pass, found.old);
  return syncStatus(pass, found);
}

function syncStatus(pass: Pass, { newest, old }: Found): ReconcileResult {
  write(pass, calculateStatus({ deployment: pass.deployment, newest, old, now: pass.ctx.sim.now }));
  return {};
}

function rolloutRolling(pass: Pass, found: Found): ReconcileResult {
  const { newest, old } = found.newest === undefined ? findReplicaSets(pass, { create: true }) : found;
  if (newest === undefined) return {};
  const { ctx, deployment } = pass;
  const up = planNewReplicaSet(deployment, [...old, newest], newest);
  if (up !== undefined) {
    scaleReplicaSet(ctx, deployment, up);
    return syncRollout(pass, { newest, old });
  }
  const isScaledDown = scaleDownOld(pass, newest, activeOf(old));
  if (!isScaledDown && deploymentComplete(deployment, deployment.status)) cleanUp(pass, old);
  return syncRollout(pass, { newest, old });
}

/** True when an old replica set was made smaller. */
function scaleDownOld({ ctx, deployment }: Pass, newest: ReplicaSet, old: readonly ReplicaSet[]): boolean {
  const room = scaleDownRoom(deployment, old, newest);
  const cleanup = room === 0 ? undefined : planUnhealthyCleanup(old, room);
  if (cleanup === undefined) return false;
  const cleaned = scaleAll(ctx, deployment, { list: old, steps: cleanup });
  const down = planScaleDown(deployment, [...cleaned, newest], cleaned);
  scaleAll(ctx, deployment, { list: cleaned, steps: down });
  return cleanup.length + down.length > 0;
}

function rolloutRecreate(pass: Pass, found: Found): ReconcileResult {
  const { ctx, deployment } = pass;
  const steps = planRecreateScaleDown(found.old);
  if (steps.length > 0) {
    scaleAll(ctx, deployment, { list: found.old, steps });
    return syncRollout(pass, found);
  }
  const lister = ctx.lister(pods);
  const podsOf = (replicaSet: ReplicaSet) => lister.byIndex("controller", replicaSet.metadata.uid);
  if (oldPodsRunning(found.old, podsOf)) return syncRollout(pass, found);
  const { newest, old } = found.newest === undefined ? findReplicaSets(pass, { create: true }) : found;
  if (newest === undefined) return {};
  scaleReplicaSet(ctx, pass.deployment, { replicaSet: newest, replicas: replicasOf(pass.deployment) });
  if (deploymentComplete(pass.deployment, pass.deployment.status)) cleanUp(pass, old);
  return syncRollout(pass, { newest, old });
}

function syncRollout(pass: Pass, found: Found): ReconcileResult {
  const rollout = { deployment: pass.deployment, now: pass.ctx.sim.now, ...found };
  const status = rolloutStatus(rollout);
  write(pass, status);
  const requeueAfter = untilStuck(rollout, status);
  return requeueAfter === undefined ? {} : { requeueAfter, background: true };
}

function write(pass: Pass, status: DeploymentStatus): void {
  if (!deepEqual(pass.deployment.status, status)) updateStatus(pass, status);
}

function cleanUp(pass: Pass, old: readonly ReplicaSet[]): void {
  for (const { metadata } of planCleanup(pass.deployment, old)) {
    try {
      pass.ctx.client.resource(replicaSets).delete(metadata.namespace, metadata.name);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
