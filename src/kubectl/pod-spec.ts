/** Where kinds keep their pod spec. Upstream: kubectl pkg/polymorphichelpers/updatepodspec.go. */
import type { PodSpec } from "../engine/api/generated/types.ts";
import type { KubeObject } from "../engine/api/meta/object.ts";
import { isObject } from "../engine/base/json.ts";

interface Templated extends KubeObject {
  spec: { template: { metadata?: object; spec: PodSpec } };
}

interface Bare extends KubeObject {
  spec: PodSpec;
}

interface Cron extends KubeObject {
  spec: { jobTemplate: { spec: { template: { spec: PodSpec } } } };
}

export function podSpecOf(object: KubeObject): PodSpec | undefined {
  if (object.kind === "Pod") return (object as Bare).spec;
  if (object.kind === "CronJob") return (object as Cron).spec.jobTemplate.spec.template.spec;
  const { spec } = object as { spec?: unknown };
  return isObject(spec) && isObject(spec["template"]) ? (object as Templated).spec.template.spec : undefined;
}

export function withPodSpec(object: KubeObject, podSpec: PodSpec): KubeObject {
  if (object.kind === "Pod") return { ...object, spec: podSpec } as KubeObject;
  if (object.kind === "CronJob") {
    const { spec } = object as Cron;
    const { jobTemplate } = spec;
    const template = { ...jobTemplate.spec.template, spec: podSpec };
    return {
      ...object,
      spec: { ...spec, jobTemplate: { ...jobTemplate, spec: { ...jobTemplate.spec, template } } },
    } as KubeObject;
  }
  const { spec } = object as Templated;
  return { ...object, spec: { ...spec, template: { ...spec.template, spec: podSpec } } } as KubeObject;
}
