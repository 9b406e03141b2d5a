/** Starts jobs on a schedule. Upstream: pkg/controller/cronjob/cronjob_controllerv2.go. */
import { CronError, parseCronSchedule } from "../../api/batch/cron-schedule.ts";
import { isJobFinished } from "../../api/batch/job/conditions.ts";
import type { CronJob, Job } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { isNotFound } from "../../api/meta/status-error.ts";
import { cronJobs, jobs } from "../../api/registry.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";
import { writeStatus } from "../write-status.ts";
import { nextScheduleDuration } from "./schedule-times.ts";
import { syncCronJob } from "./sync.ts";
import type { CronEffects } from "./sync.ts";

export function cronJobController(): ControllerDefinition<CronJob> {
  return defineController<CronJob>({
    name: "cronjob-controller",
    for: cronJobs,
    owns: [jobs as never],
    isRelevant: (cronJob, old) =>
      !isRescheduled(cronJob, old) &&
      (cronJob.metadata.generation !== old.metadata.generation ||
        cronJob.metadata.deletionTimestamp !== old.metadata.deletionTimestamp),
    setup(informers, ctx) {
      informers.informer(cronJobs).addHandler({
        onUpdate: (cronJob, old) => {
          if (isRescheduled(cronJob, old)) awaitNext(ctx, cronJob);
        },
      });
    },
    reconcile,
  });
}

function isRescheduled({ spec }: CronJob, old: CronJob): boolean {
  return spec.schedule !== old.spec.schedule || spec.timeZone !== old.spec.timeZone;
}

/** A new schedule begins with its next run: what it would have missed doesn't count. */
function awaitNext(ctx: ControllerContext, cronJob: CronJob): void {
  try {
    const schedule = parseCronSchedule(cronJob.spec.schedule);
    const wait = nextScheduleDuration(cronJob, schedule, ctx.sim.now);
    if (wait !== undefined) ctx.timer(wait, () => ctx.enqueue(keyOf(cronJob)));
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    ctx.enqueue(keyOf(cronJob));
  }
}

function reconcile(ctx: ControllerContext, key: string): ReconcileResult {
  const known = ctx.lister(cronJobs).get(key);
  if (known === undefined) return {};
  const children = ctx.lister(jobs).byIndex("controller", known.metadata.uid);
  const cronJob = freshest(ctx, known, children);
  if (cronJob === undefined) return {};
  const { status, after, error } = syncCronJob({ cronJob, jobs: children, now: ctx.sim.now }, effectsFor(ctx, cronJob));
  writeStatus(ctx, cronJobs, { object: cronJob, status });
  if (error !== undefined) throw error;
  return after === undefined ? {} : { requeueAfter: after, background: true };
}

/** A job that isn't listed as active may be one that the last look started: then the server knows. */
function freshest(ctx: ControllerContext, known: CronJob, children: readonly Job[]): CronJob | undefined {
  const listed = new Set(known.status.active?.map(({ uid }) => uid));
  if (children.every((job) => listed.has(job.metadata.uid) || isJobFinished(job))) return known;
  try {
    const { namespace, name, uid } = known.metadata;
    const fresh = ctx.client.resource<CronJob>(cronJobs).get(namespace, name);
    return fresh.metadata.uid === uid ? fresh : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function effectsFor(ctx: ControllerContext, cronJob: CronJob): CronEffects {
  const { namespace } = cronJob.metadata;
  const client = ctx.client.resource<Job>(jobs);
  return {
    getJob(name) {
      try {
        return client.get(namespace, name);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    createJob: (draft) => client.create(draft),
    deleteJob: (job) => client.delete(namespace, job.metadata.name, { propagationPolicy: "Background" }),
    event: (type, text) => ctx.events.event(cronJob, type, text),
  };
}
