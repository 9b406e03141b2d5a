/** Job. Upstream: pkg/apis/batch, pkg/registry/batch/job/strategy.go. */
import { workloadWarnings } from "../../core/pod/warnings.ts";
import type { Job, JobSpec } from "../../generated/types.ts";
import { ageColumn, nameColumn, templateColumns } from "../../meta/columns.ts";
import { humanDuration } from "../../meta/duration.ts";
import { isDNS1123Label } from "../../meta/names.ts";
import { defineResource, specChanged } from "../../meta/resource.ts";
import { formatLabelSelector } from "../../meta/selectors.ts";
import { parseTime } from "../../../base/time.ts";
import { isJobComplete, isJobFailed, jobConditionTrue } from "./conditions.ts";
import { defaultJobSpec } from "./defaults.ts";
import { generateSelector } from "./generated-selector.ts";
import { validateJobStatusUpdate } from "./validate-status.ts";
import { validateJobUpdate } from "./validate-update.ts";
import { validateJob } from "./validation.ts";

const NO_STATUS: Job["status"] = Object.freeze({});

/** A body without spec: validation then says what is missing. */
const NO_SPEC = Object.freeze({}) as JobSpec;

export const jobs = defineResource<Job>({
  group: "batch",
  version: "v1",
  kind: "Job",
  plural: "jobs",
  categories: ["all"],
  scope: "Namespaced",
  subresources: ["status"],
  example: {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "pi", uid: "2a1b9d3e-1111-4222-8333-444455556666" },
    spec: {
      template: {
        spec: { containers: [{ name: "pi", image: "perl", command: ["perl", "-v"] }], restartPolicy: "Never" },
      },
    },
  },
  bumpsGeneration: specChanged,
  defaults(job) {
    const { spec = NO_SPEC, status } = job;
    const filled = defaultJobSpec(spec);
    const labelled = withTemplateLabels(filled === spec ? job : { ...job, spec: filled });
    return status === undefined ? { ...labelled, status: NO_STATUS } : labelled;
  },
  prepareForCreate: (job) => withTemplateLabels({ ...generateSelector(job), status: NO_STATUS }),
  warnings: (job, old) => [
    ...(old === undefined ? nameWarnings(job.metadata.name) : []),
    ...workloadWarnings(job, old),
  ],
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  validateStatusUpdate: validateJobStatusUpdate,
  columns: [
    nameColumn,
    { name: "Status", type: "string", cell: statusText },
    { name: "Completions", type: "string", cell: completionsText },
    { name: "Duration", type: "string", cell: (job, { now }) => durationText(job, now) },
    ageColumn,
    ...templateColumns<Job>(({ spec }) => spec.template),
    { name: "Selector", type: "string", priority: 1, cell: ({ spec }) => formatLabelSelector(spec.selector) },
  ],
  selectableFields: { "status.successful": ({ status }) => String(status.succeeded ?? 0) },
  unknownField: 'field label "%" not supported for batchv1.Job',
});

/** Of jobs and cron jobs: their pods' names begin with theirs. */
export function nameWarnings(name: string): string[] {
  const texts = isDNS1123Label(name);
  const why =
    "this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended";
  return texts.length === 0 ? [] : [`metadata.name: ${why}: [${texts.join(" ")}]`];
}

/** A job without labels has those of its pods. */
function withTemplateLabels(job: Job): Job {
  const { labels = {} } = job.metadata;
  const ofPods = job.spec.template?.metadata?.labels ?? {};
  if (Object.keys(labels).length > 0 || Object.keys(ofPods).length === 0) return job;
  return { ...job, metadata: { ...job.metadata, labels: ofPods } };
}

function statusText(job: Job): string {
  if (isJobComplete(job)) return "Complete";
  if (isJobFailed(job)) return "Failed";
  if (job.metadata.deletionTimestamp !== undefined) return "Terminating";
  if (jobConditionTrue(job, "Suspended")) return "Suspended";
  if (jobConditionTrue(job, "FailureTarget")) return "FailureTarget";
  return jobConditionTrue(job, "SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running";
}

/** `1/3`; a work queue has no fixed number: `0/1 of 4`. */
function completionsText({ spec, status }: Job): string {
  const { succeeded = 0 } = status;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const { parallelism = 0 } = spec;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationText({ status: { startTime, completionTime } }: Job, now: number): string {
  if (startTime === undefined) return "";
  return humanDuration((completionTime === undefined ? now : parseTime(completionTime)) - parseTime(startTime));
}
