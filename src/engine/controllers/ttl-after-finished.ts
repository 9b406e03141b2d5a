/** Deletes finished jobs when their time is up. Upstream: pkg/controller/ttlafterfinished/ttlafterfinished_controller.go. */
import { isJobFinished } from "../api/batch/job/conditions.ts";
import type { Job } from "../api/generated/types.ts";
import { isNotFound } from "../api/meta/status-error.ts";
import { jobs } from "../api/registry.ts";
import { parseTime, SECOND } from "../base/time.ts";
import { defineController } from "./define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "./define-controller.ts";

export function ttlAfterFinishedController(): ControllerDefinition<Job> {
  return defineController<Job>({
    name: "ttl-after-finished-controller",
    for: jobs,
    keys: (job) => (expiryOf(job) === undefined ? [] : [`${job.metadata.namespace}/${job.metadata.name}`]),
    reconcile,
  });
}

/** When a job is to be deleted; undefined: not for being finished. */
export function expiryOf(job: Job): number | undefined {
  const { ttlSecondsAfterFinished } = job.spec;
  if (job.metadata.deletionTimestamp !== undefined || ttlSecondsAfterFinished === undefined) return undefined;
  if (!isJobFinished(job)) return undefined;
  const end = job.status.conditions?.find(
    ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
  );
  if (end?.lastTransitionTime === undefined) return undefined;
  return parseTime(end.lastTransitionTime) + ttlSecondsAfterFinished * SECOND;
}

function reconcile(ctx: ControllerContext, key: string): ReconcileResult {
  const known = ctx.lister(jobs).get(key);
  if (known === undefined) return {};
  const wait = untilExpiry(known, ctx.sim.now);
  if (wait === undefined) return {};
  if (wait > 0) return { requeueAfter: wait, background: true };
  const { namespace, name } = known.metadata;
  const client = ctx.client.resource<Job>(jobs);
  try {
    // Its time may have been prolonged meanwhile.
    const fresh = client.get(namespace, name);
    const left = untilExpiry(fresh, ctx.sim.now);
    if (left === undefined) return {};
    if (left > 0) return { requeueAfter: left, background: true };
    client.delete(namespace, name, { propagationPolicy: "Foreground", preconditions: { uid: fresh.metadata.uid } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return {};
}

function untilExpiry(job: Job, now: number): number | undefined {
  const expiry = expiryOf(job);
  return expiry === undefined ? undefined : expiry - now;
}
