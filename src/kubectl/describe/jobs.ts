/** `kubectl describe job | cronjob`. Upstream: kubectl pkg/describe/describe.go. */
import type { CronJob, Job, JobSpec } from "../../engine/api/generated/types.ts";
import { humanDuration } from "../../engine/api/meta/duration.ts";
import { controllerOf } from "../../engine/api/meta/object.ts";
import { formatLabelSelector } from "../../engine/api/meta/selectors.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { parseTime } from "../../engine/base/time.ts";
import type { Invocation } from "../invocation.ts";
import { describeEvents } from "./events.ts";
import { describeHead, describeLabels } from "./head.ts";
import { describePodTemplate } from "./pod-template.ts";
import { type DescribeWriter, longTime } from "./writer.ts";

/** A list of indexes longer than this is cut at the next comma. */
const INDEXES_SHOWN = 50;

export function* describeJob(call: Invocation, out: DescribeWriter, job: Job): Call<void> {
  const { metadata, spec = {} as JobSpec, status = {} } = job;
  const optional = (title: string, value: unknown): void => {
    if (value !== undefined) out.line(0, `${title}:\t${String(value)}`);
  };
  out.line(0, `Name:\t${metadata.name}`);
  out.line(0, `Namespace:\t${metadata.namespace}`);
  out.line(0, `Selector:\t${spec.selector === undefined ? "" : formatLabelSelector(spec.selector)}`);
  describeLabels(out, metadata);
  const controller = controllerOf(job);
  if (controller !== undefined) out.line(0, `Controlled By:\t${controller.kind}/${controller.name}`);
  optional("Parallelism", spec.parallelism);
  out.line(0, `Completions:\t${spec.completions ?? "<unset>"}`);
  optional("Completion Mode", spec.completionMode);
  optional("Suspend", spec.suspend);
  optional("Backoff Limit", spec.backoffLimit);
  optional("TTL Seconds After Finished", spec.ttlSecondsAfterFinished);
  const { startTime, completionTime } = status;
  if (startTime !== undefined) out.line(0, `Start Time:\t${longTime(startTime)}`);
  if (completionTime !== undefined) out.line(0, `Completed At:\t${longTime(completionTime)}`);
  if (startTime !== undefined && completionTime !== undefined) {
    out.line(0, `Duration:\t${humanDuration(parseTime(completionTime) - parseTime(startTime))}`);
  }
  if (spec.activeDeadlineSeconds !== undefined) out.line(0, `Active Deadline Seconds:\t${spec.activeDeadlineSeconds}s`);
  const ready = status.ready === undefined ? "" : ` (${status.ready} Ready)`;
  out.line(
    0,
    `Pods Statuses:\t${status.active ?? 0} Active${ready} / ${status.succeeded ?? 0} Succeeded / ${status.failed ?? 0} Failed`,
  );
  if (spec.completionMode === "Indexed")
    out.line(0, `Completed Indexes:\t${indexesText(status.completedIndexes ?? "")}`);
  describePodTemplate(out, spec.template);
  yield* describeEvents(call, out, job);
}

function indexesText(indexes: string): string {
  if (indexes === "") return "<none>";
  const cut = indexes.indexOf(",", INDEXES_SHOWN);
  return cut < 0 ? indexes : `${indexes.slice(0, cut + 1)}...`;
}

export function* describeCronJob(call: Invocation, out: DescribeWriter, cron: CronJob): Call<void> {
  const { metadata, spec, status } = cron;
  const orUnset = (value: unknown, unit = ""): string => (value === undefined ? "<unset>" : `${String(value)}${unit}`);
  const suspend = spec.suspend === undefined ? "<unset>" : spec.suspend ? "True" : "False";
  describeHead(out, metadata);
  out.line(0, `Schedule:\t${spec.schedule}`);
  out.line(0, `Concurrency Policy:\t${spec.concurrencyPolicy ?? ""}`);
  out.line(0, `Suspend:\t${suspend}`);
  out.line(0, `Time Zone:\t${orUnset(spec.timeZone)}`);
  out.line(0, `Successful Job History Limit:\t${orUnset(spec.successfulJobsHistoryLimit)}`);
  out.line(0, `Failed Job History Limit:\t${orUnset(spec.failedJobsHistoryLimit)}`);
  out.line(0, `Starting Deadline Seconds:\t${orUnset(spec.startingDeadlineSeconds, "s")}`);
  const template = spec.jobTemplate.spec;
  out.line(0, `Selector:\t${template?.selector === undefined ? "<unset>" : formatLabelSelector(template.selector)}`);
  out.line(0, `Parallelism:\t${orUnset(template?.parallelism)}`);
  out.line(0, `Completions:\t${orUnset(template?.completions)}`);
  if (template?.activeDeadlineSeconds !== undefined) {
    out.line(0, `Active Deadline Seconds:\t${template.activeDeadlineSeconds}s`);
  }
  describePodTemplate(out, template?.template);
  const last = status?.lastScheduleTime;
  out.line(0, `Last Schedule Time:\t${last === undefined ? "<unset>" : longTime(last)}`);
  const active = (status?.active ?? []).map(({ name }) => name ?? "");
  out.line(0, `Active Jobs:\t${active.length === 0 ? "<none>" : active.join(", ")}`);
  yield* describeEvents(call, out, cron);
}
