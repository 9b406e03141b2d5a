/** Runs pods to their end. Upstream: pkg/controller/job/job_controller.go. */
import { isJobFinished } from "../../api/batch/job/conditions.ts";
import type { Job, Pod } from "../../api/generated/types.ts";
import { controllerOf, keyOf } from "../../api/meta/object.ts";
import { labelSelectorAsSelector } from "../../api/meta/selectors.ts";
import { jobs, pods } from "../../api/registry.ts";
import { claim, indexOrphans, orphanHandler } from "../claim.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";
import { NO_FAILURES } from "./back-off.ts";
import { releasePod, jobEffects } from "./effects.ts";
import { isTracked, JOB_TRACKING } from "./job-pods.ts";
import { jobMemory } from "./memory.ts";
import type { JobMemory } from "./memory.ts";
import { observeJob } from "./observe.ts";
import { jobPodHandler, ORPHAN_POD } from "./pod-handler.ts";
import { syncJob } from "./sync.ts";

/** Changes of status and pods are gathered for so long. */
const SYNC_BATCH_MS = 1000;
/** Who looks after a job that names nobody else. */
const JOB_CONTROLLER = "kubernetes.io/job-controller";
/** Pods by the uid of their controller. */
const CONTROLLER = "controller";

export function jobController(): ControllerDefinition<Job> {
  const memory = jobMemory();
  return defineController<Job>({
    name: "job-controller",
    for: jobs,
    isRelevant: (job, old) =>
      job.metadata.generation !== old.metadata.generation ||
      job.metadata.deletionTimestamp !== old.metadata.deletionTimestamp,
    subject: (key) => (key.startsWith(ORPHAN_POD) ? `pods/${key.slice(ORPHAN_POD.length)}` : `jobs/${key}`),
    setup(informers, ctx) {
      indexOrphans(informers, pods);
      informers.informer(jobs).addHandler({
        onUpdate: (job, old) => {
          if (job.status !== old.status && !isJobFinished(job)) ctx.enqueue(keyOf(job), SYNC_BATCH_MS);
        },
        onDelete: (job) => {
          for (const pod of ctx.lister(pods).byIndex(CONTROLLER, job.metadata.uid)) {
            if (isTracked(pod)) ctx.enqueue(ORPHAN_POD + keyOf(pod));
          }
        },
      });
      const podInformer = informers.informer(pods);
      podInformer.addHandler(jobPodHandler(ctx, memory, SYNC_BATCH_MS));
      podInformer.addHandler(orphanHandler((pod) => adopters(ctx, pod), ctx));
    },
    reconcile: (ctx, key) =>
      key.startsWith(ORPHAN_POD) ? syncOrphan(ctx, key.slice(ORPHAN_POD.length)) : reconcile(ctx, key, memory),
  });
}

function reconcile(ctx: ControllerContext, key: string, memory: JobMemory): ReconcileResult {
  const job = ctx.lister(jobs).get(key);
  if (job === undefined) {
    memory.forget(key);
    return {};
  }
  const { managedBy = JOB_CONTROLLER } = job.spec;
  if (managedBy !== JOB_CONTROLLER) return {};
  if (isJobFinished(job)) {
    memory.backOffs.delete(key);
    return {};
  }
  const { now } = ctx.sim;
  const satisfied = memory.expectations.satisfied(key, now);
  const context = observeJob({
    job,
    pods: claim(ctx, {
      owner: job,
      ownerResource: jobs,
      resource: pods,
      selector: labelSelectorAsSelector(job.spec.selector),
      finalizer: JOB_TRACKING,
    }),
    satisfied,
    removing: memory.removing(key),
    backOff: memory.backOffs.get(key) ?? NO_FAILURES,
    now,
  });
  const { after, error } = syncJob(context, jobEffects(ctx, job, memory));
  if (error !== undefined) throw error;
  return after === undefined ? {} : { requeueAfter: after, background: true };
}

/** A pod whose job is gone or has finished is held by nobody any more. */
function syncOrphan(ctx: ControllerContext, key: string): ReconcileResult {
  const pod = ctx.lister(pods).get(key);
  if (pod === undefined || !isTracked(pod)) return {};
  const owner = controllerOf(pod);
  if (owner !== undefined) {
    const job = ctx.lister(jobs).get(`${pod.metadata.namespace}/${owner.name}`);
    if (job?.metadata.uid === owner.uid && !isJobFinished(job)) return {};
  }
  releasePod(ctx, pod);
  return {};
}

function adopters(ctx: ControllerContext, pod: Pod): readonly Job[] {
  return ctx
    .lister(jobs)
    .byIndex("namespace", pod.metadata.namespace)
    .filter((job) => !isJobFinished(job) && labelSelectorAsSelector(job.spec.selector).matches(pod.metadata.labels));
}
