/** Carries out what a job's sync decides. Upstream: manageJob, deleteJobPods and removeTrackingFinalizerFromPods of the job controller. */
import type { Job, Pod } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { isNotFound, StatusError } from "../../api/meta/status-error.ts";
import { jobs, pods } from "../../api/registry.ts";
import { deepEqual } from "../../base/json.ts";
import type { ControllerContext } from "../define-controller.ts";
import { controllerReference, createPod, deletePod, isNamespaceTerminating } from "../pod-control.ts";
import { slowStartBatch } from "../slow-start.ts";
import { isTracked, JOB_TRACKING } from "./job-pods.ts";
import type { JobMemory } from "./memory.ts";
import type { JobPodDraft } from "./pod-template.ts";
import type { JobEffects } from "./sync.ts";

/** A pod that is gone already is as good as released. */
export function releasePod(ctx: ControllerContext, pod: Pod): void {
  const { namespace, name } = pod.metadata;
  const patch = { metadata: { "$deleteFromPrimitiveList/finalizers": [JOB_TRACKING] } };
  try {
    ctx.client.resource(pods).patch(namespace, name, patch);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

export function jobEffects(ctx: ControllerContext, observed: Job, memory: JobMemory): JobEffects {
  const key = keyOf(observed);
  let job = observed;
  return {
    deletePods(doomed, { untrack }) {
      if (untrack) memory.expectations.expectDeletions(key, doomed.map(keyOf), ctx.sim.now);
      return each(doomed, (pod) => {
        try {
          if (untrack && isTracked(pod)) releasePod(ctx, pod);
          deletePod(ctx, observed, pod);
        } catch (error) {
          memory.expectations.deletionObserved(key, keyOf(pod));
          if (!isNotFound(error)) throw error;
        }
      });
    },
    createPods: (drafts) => createPods(ctx, observed, { drafts, memory }),
    writeStatus(status) {
      if (!deepEqual(job.status, status)) job = ctx.client.resource<Job>(jobs).updateStatus({ ...job, status });
    },
    releasePods: (ended) =>
      each(ended, (pod) => {
        memory.expectRemoval(key, pod.metadata.uid);
        try {
          releasePod(ctx, pod);
        } catch (error) {
          memory.removalObserved(key, pod.metadata.uid);
          throw error;
        }
      }),
    rememberBackOff: (record) => void memory.backOffs.set(key, record),
    event: (type, text) => ctx.events.event(observed, type, text),
  };
}

/** Acts on each pod; keeps the first failure. */
function each(list: readonly Pod[], act: (pod: Pod) => void): { done: readonly Pod[]; error?: StatusError } {
  const done: Pod[] = [];
  let failure: StatusError | undefined;
  for (const pod of list) {
    try {
      act(pod);
      done.push(pod);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      failure ??= error;
    }
  }
  return { done, ...(failure && { error: failure }) };
}

function createPods(
  ctx: ControllerContext,
  job: Job,
  { drafts, memory }: { drafts: readonly JobPodDraft[]; memory: JobMemory },
): { created: number; error?: StatusError } {
  const key = keyOf(job);
  const reference = controllerReference(job);
  memory.expectations.expectCreations(key, drafts.length, ctx.sim.now);
  let next = 0;
  const { successes, error } = slowStartBatch(drafts.length, () => {
    const { template, generateName } = drafts[next++] as JobPodDraft;
    try {
      createPod(ctx, job, { template, reference, generateName });
    } catch (failure) {
      if (!isNamespaceTerminating(failure)) throw failure;
    }
  });
  if (error === undefined) return { created: successes };
  memory.expectations.creationObserved(key, drafts.length - successes);
  if (!(error instanceof StatusError)) throw error;
  return { created: successes, error };
}
