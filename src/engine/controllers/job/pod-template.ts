/** The pods that a job creates. Upstream: manageJob in pkg/controller/job/job_controller.go, indexed_job_utils.go. */
import type { Container, Job, Pod, PodTemplateSpec } from "../../api/generated/types.ts";
import { assert } from "../../base/assert.ts";
import {
  COMPLETION_INDEX,
  countsAsFailure,
  hasBackoffLimitPerIndex,
  INDEX_FAILURES,
  INDEX_IGNORED_FAILURES,
  indexFailureCount,
  indexIgnoredFailureCount,
  isIndexedJob,
  JOB_TRACKING,
} from "./job-pods.ts";

const INDEX_VARIABLE = "JOB_COMPLETION_INDEX";
/** A generated name's own part has five letters. */
const MAX_GENERATE_NAME = 63 - 5;

export interface JobPodDraft {
  template: PodTemplateSpec;
  /** Absent: the job's name. */
  generateName?: string;
  /** Absent: the job isn't Indexed. */
  index?: number;
}

/** What all pods of a job have in common; pods of one job share its parts. */
const commonTemplates = new WeakMap<Job["spec"], PodTemplateSpec>();

function commonTemplate(job: Job): PodTemplateSpec {
  const { template } = job.spec;
  let common = commonTemplates.get(job.spec);
  if (common === undefined) {
    const finalizers = template.metadata?.finalizers ?? [];
    const tracked = finalizers.includes(JOB_TRACKING) ? finalizers : [...finalizers, JOB_TRACKING];
    common = { ...template, metadata: { ...template.metadata, finalizers: tracked } };
    if (isIndexedJob(job)) common = withIndexVariable(common);
    commonTemplates.set(job.spec, common);
  }
  return common;
}

/** `replaced`: the pod of the same index that failed. */
export function jobPod(job: Job, index?: number, replaced?: Pod): JobPodDraft {
  const common = commonTemplate(job);
  if (index === undefined) return { template: common };
  const { metadata, spec } = common;
  assert(spec !== undefined, "a pod template without spec", job.metadata.name);
  const annotations = {
    ...metadata?.annotations,
    [COMPLETION_INDEX]: String(index),
    ...(hasBackoffLimitPerIndex(job) && failureCounts(job, replaced)),
  };
  const labels = { ...metadata?.labels, [COMPLETION_INDEX]: String(index) };
  const template = {
    ...common,
    metadata: { ...metadata, labels, annotations },
    spec: { ...spec, hostname: `${job.metadata.name}-${index}` },
  };
  return { template, index, generateName: generateNameWithIndex(job.metadata.name, index) };
}

/** A long name is cut so that its index stays whole. */
export function generateNameWithIndex(name: string, index: number): string {
  const suffix = `-${index}-`;
  return name.slice(0, MAX_GENERATE_NAME - suffix.length) + suffix;
}

function failureCounts(job: Job, replaced: Pod | undefined): Record<string, string> {
  if (replaced === undefined) return { [INDEX_FAILURES]: "0" };
  const counts = countsAsFailure(job, replaced);
  const failures = indexFailureCount(replaced) + Number(counts);
  const ignored = indexIgnoredFailureCount(replaced) + Number(!counts);
  return {
    [INDEX_FAILURES]: String(failures),
    ...(ignored > 0 && { [INDEX_IGNORED_FAILURES]: String(ignored) }),
  };
}

function withIndexVariable(template: PodTemplateSpec): PodTemplateSpec {
  const { spec } = template;
  if (spec === undefined) return template;
  const fieldRef = { apiVersion: "v1", fieldPath: `metadata.labels['${COMPLETION_INDEX}']` };
  const variable = { name: INDEX_VARIABLE, valueFrom: { fieldRef } };
  const add = (container: Container): Container =>
    container.env?.some(({ name }) => name === INDEX_VARIABLE) === true
      ? container
      : { ...container, env: [...(container.env ?? []), variable] };
  const { containers, initContainers } = spec;
  return {
    ...template,
    spec: {
      ...spec,
      containers: containers.map(add),
      ...(initContainers && { initContainers: initContainers.map(add) }),
    },
  };
}
