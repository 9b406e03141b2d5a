/** The job of one run. Upstream: getJobFromTemplate2 in pkg/controller/cronjob/utils.go. */
import type { CronJob, Job } from "../../api/generated/types.ts";
import type { Draft } from "../../api/meta/object.ts";
import { assert } from "../../base/assert.ts";
import { MINUTE } from "../../base/time.ts";
import { controllerReference } from "../pod-control.ts";
import { formatInZone } from "./zone-clock.ts";

const SCHEDULED_TIMESTAMP = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/** `hello-27720305`: minutes since 1970. One run has one name, so that it can't start twice. */
export function jobName({ metadata }: CronJob, scheduled: number): string {
  return `${metadata.name}-${Math.floor(scheduled / MINUTE)}`;
}

export function jobFor(cronJob: CronJob, scheduled: number): Draft<Job> {
  const { metadata, spec } = cronJob.spec.jobTemplate;
  assert(spec !== undefined, "a job template without spec", cronJob.metadata.name);
  return {
    metadata: {
      name: jobName(cronJob, scheduled),
      namespace: cronJob.metadata.namespace,
      ...(metadata?.labels && { labels: metadata.labels }),
      annotations: {
        ...metadata?.annotations,
        [SCHEDULED_TIMESTAMP]: formatInZone(cronJob.spec.timeZone ?? "UTC", scheduled),
      },
      ownerReferences: [controllerReference(cronJob)],
    },
    spec,
  };
}
