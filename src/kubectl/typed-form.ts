/**
 * An object read from a file as Go's typed structs print it: fields without omitempty appear with their zero value.
 * Upstream: kubectl's scheme-decoded objects (`--local`). Simplified: only the kinds with a pod spec, and services.
 */
import type { Container, PodSpec } from "../engine/api/generated/types.ts";
import type { KubeObject } from "../engine/api/meta/object.ts";
import { isObject } from "../engine/base/json.ts";
import { podSpecOf, withPodSpec } from "./pod-spec.ts";
import { asJson, asObject } from "./as-object.ts";

const STATUS: Readonly<Record<string, object>> = {
  Pod: {},
  Deployment: {},
  Job: {},
  CronJob: {},
  ReplicaSet: { replicas: 0 },
  ReplicationController: { replicas: 0 },
  StatefulSet: { availableReplicas: 0, replicas: 0 },
  DaemonSet: { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 },
  Service: { loadBalancer: {} },
};

const STRATEGY: Readonly<Record<string, string>> = {
  Deployment: "strategy",
  StatefulSet: "updateStrategy",
  DaemonSet: "updateStrategy",
};

export function typedForm(object: KubeObject): KubeObject {
  const zero = STATUS[object.kind];
  if (zero === undefined) return object;
  const podSpec = podSpecOf(object);
  const full = podSpec === undefined ? object : withPodSpec(object, withResources(podSpec));
  const { status, spec, ...rest } = asJson(full);
  const strategy = STRATEGY[object.kind];
  return asObject({
    ...rest,
    spec: isObject(spec) && strategy !== undefined ? { [strategy]: {}, ...withTemplateMetadata(spec) } : spec,
    status: isObject(status) ? { ...zero, ...status } : zero,
  });
}

function withTemplateMetadata(spec: Record<string, unknown>): Record<string, unknown> {
  const { template } = spec;
  return isObject(template) ? { ...spec, template: { metadata: {}, ...template } } : spec;
}

function withResources(spec: PodSpec): PodSpec {
  const add = (container: Container): Container => ({ resources: {}, ...container });
  return {
    ...spec,
    containers: (spec.containers ?? []).map(add),
    ...(spec.initContainers != null && { initContainers: spec.initContainers.map(add) }),
  };
}
