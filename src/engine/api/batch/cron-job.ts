/** CronJob. Upstream: pkg/apis/batch, pkg/registry/batch/cronjob/strategy.go. */
import { templateWarnings } from "../core/pod/warnings.ts";
import { defaultPodTemplate } from "../core/pod/defaults.ts";
import type { CronJob, CronJobSpec, JobSpec, JobTemplateSpec } from "../generated/types.ts";
import { ageColumn, nameColumn, NONE, templateColumns } from "../meta/columns.ts";
import { ageOf } from "../meta/duration.ts";
import { defineResource, specChanged } from "../meta/resource.ts";
import { formatLabelSelector } from "../meta/selectors.ts";
import { fill, mapField, memoizeIdempotent } from "../meta/share.ts";
import { nameWarnings } from "./job/index.ts";
import { validateCronJob, validateCronJobUpdate } from "./cron-job-validation.ts";

const NO_STATUS: CronJob["status"] = Object.freeze({});

/** A body without spec: validation then says what is missing. */
const NO_SPEC = Object.freeze({}) as CronJobSpec;

export const cronJobs = defineResource<CronJob>({
  group: "batch",
  version: "v1",
  kind: "CronJob",
  plural: "cronjobs",
  shortNames: ["cj"],
  categories: ["all"],
  scope: "Namespaced",
  subresources: ["status"],
  example: {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "hello" },
    spec: {
      schedule: "*/5 * * * *",
      jobTemplate: {
        spec: {
          template: {
            spec: { containers: [{ name: "hello", image: "busybox", args: ["date"] }], restartPolicy: "OnFailure" },
          },
        },
      },
    },
  },
  bumpsGeneration: specChanged,
  defaults(cronJob) {
    const { spec = NO_SPEC, status } = cronJob;
    const filled = defaultSpec(spec);
    return filled === spec && status !== undefined
      ? cronJob
      : { ...cronJob, spec: filled, status: status ?? NO_STATUS };
  },
  prepareForCreate: (cronJob) => ({ ...cronJob, status: NO_STATUS }),
  warnings: ({ metadata, spec }, old) => [
    ...(old === undefined ? nameWarnings(metadata.name) : []),
    ...templateWarnings(spec.jobTemplate?.spec?.template, "spec.jobTemplate.spec.template"),
  ],
  validate: validateCronJob,
  validateUpdate: validateCronJobUpdate,
  columns: [
    nameColumn,
    { name: "Schedule", type: "string", cell: ({ spec }) => spec.schedule },
    { name: "Timezone", type: "string", cell: ({ spec }) => spec.timeZone ?? NONE },
    { name: "Suspend", type: "boolean", cell: ({ spec }) => suspendText(spec.suspend) },
    { name: "Active", type: "integer", cell: ({ status }) => status.active?.length ?? 0 },
    { name: "Last Schedule", type: "string", cell: ({ status }, { now }) => lastText(status.lastScheduleTime, now) },
    ageColumn,
    ...templateColumns<CronJob>(({ spec }) => spec.jobTemplate?.spec?.template),
    {
      name: "Selector",
      type: "string",
      priority: 1,
      cell: ({ spec }) => formatLabelSelector(spec.jobTemplate?.spec?.selector),
    },
  ],
});

function suspendText(suspend: boolean | undefined): string {
  if (suspend === undefined) return "<unset>";
  return suspend ? "True" : "False";
}

function lastText(time: string | undefined, now: number): string {
  return time === undefined ? NONE : ageOf(time, now);
}

/** Upstream: SetDefaults_CronJob in pkg/apis/batch/v1/defaults.go; of its jobs only the pods are defaulted. */
const defaultSpec = memoizeIdempotent((spec: CronJobSpec): CronJobSpec => {
  const filled = fill(spec, {
    concurrencyPolicy: "Allow",
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  });
  return mapField(filled, "jobTemplate", (template: JobTemplateSpec) =>
    mapField(template, "spec", (job: JobSpec) => mapField(fill(job, { template: {} }), "template", defaultPodTemplate)),
  );
});
