/**
 * An object read from a file as Go's typed structs print it: fields without omitempty appear with their zero value.
 * Upstream: kubectl's scheme-decoded objects (`--local`). Simplified: only the kinds with a pod spec, and services.
 */
import { decode, DecodeError } from "../engine/api/meta/decode.ts";
import { byKind } from "../engine/api/registry.ts";
import type { Container, PodSpec } from "../engine/api/generated/types.ts";
import type { KubeObject } from "../engine/api/meta/object.ts";
import { isObject } from "../engine/base/json.ts";
import { CommandError } from "./errors.ts";
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

export function typedForm(given: KubeObject): KubeObject {
  const object = decoded(given);
  const zero = STATUS[object.kind];
  if (zero === undefined) return object;
  const podSpec = podSpecOf(object);
  const full = podSpec === undefined ? object : withPodSpec(object, withResources(podSpec));
  const { status, spec, ...rest } = asJson(full);
  const strategy = STRATEGY[object.kind];
  return asObject({
    ...rest,
    spec: isObject(spec) ? { ...(strategy !== undefined && { [strategy]: {} }), ...withZeros(spec) } : spec,
    status: isObject(status) ? { ...zero, ...status } : zero,
  });
}

/** As it is when its JSON has been read into the kind's struct; the object itself of a kind that is not built in. */
function decoded(object: KubeObject): KubeObject {
  const kind = byKind(object.apiVersion, object.kind);
  if (kind === undefined) return object;
  try {
    return decode(kind, object).object;
  } catch (error) {
    if (error instanceof DecodeError) throw new CommandError(error.message);
    throw error;
  }
}

/** The metadata of templates, and where a service's port leads. */
function withZeros(spec: Record<string, unknown>): Record<string, unknown> {
  const { template, jobTemplate, ports } = spec;
  if (isObject(template)) return { ...spec, template: { metadata: {}, ...template } };
  if (isObject(jobTemplate)) {
    const { spec: job } = jobTemplate;
    return { ...spec, jobTemplate: { metadata: {}, ...jobTemplate, spec: isObject(job) ? withZeros(job) : job } };
  }
  return Array.isArray(ports) ? { ...spec, ports: ports.map((port: object) => ({ targetPort: 0, ...port })) } : spec;
}

function withResources(spec: PodSpec): PodSpec {
  const add = (container: Container): Container => ({ resources: {}, ...container });
  return {
    ...spec,
    containers: (spec.containers ?? []).map(add),
    ...(spec.initContainers != null && { initContainers: spec.initContainers.map(add) }),
  };
}
