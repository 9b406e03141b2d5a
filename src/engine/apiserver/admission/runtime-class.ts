/** Pods get overhead, node selector and tolerations of their runtime class. Upstream: plugin/pkg/admission/runtimeclass. */
import type { Pod, PodSpec, RuntimeClass } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { forbidden } from "../../api/meta/status-error.ts";
import { equalAmounts } from "../../api/quota/amounts.ts";
import { runtimeClasses } from "../../api/registry.ts";
import { deepEqual } from "../../base/json.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";

const NOTHING = {};

export const runtimeClass: AdmissionPlugin = {
  name: "RuntimeClass",
  resources: ["pods"],
  mutate(object, attributes) {
    const { operation, request } = attributes;
    const pod = object as Pod;
    if (operation !== "create" || request.subresource !== "" || pod.spec?.runtimeClassName === undefined) return object;
    const spec = withClass(pod.spec, classOf(pod.spec, attributes), attributes);
    return spec === pod.spec ? object : ({ ...pod, spec } as KubeObject);
  },
  validate(object, attributes) {
    const { operation, request } = attributes;
    if (operation !== "create" || request.subresource !== "") return;
    const { spec } = object as Pod;
    if (spec.overhead === undefined) return;
    const fixed = spec.runtimeClassName === undefined ? undefined : classOf(spec, attributes).overhead?.podFixed;
    if (fixed !== undefined && equalAmounts(fixed, spec.overhead)) return;
    throw refuse(attributes, "Pod Overhead set without corresponding RuntimeClass defined Overhead");
  },
};

function classOf({ runtimeClassName = "" }: PodSpec, attributes: AdmissionRequest): RuntimeClass {
  const found = attributes.context.lists
    .list(runtimeClasses)
    .find(({ metadata }) => metadata.name === runtimeClassName);
  if (found === undefined) throw refuse(attributes, `RuntimeClass "${runtimeClassName}" not found`);
  return found;
}

/** Pods of one template share their spec: with one class they share the result too. */
const known = new WeakMap<PodSpec, { given: RuntimeClass; spec: PodSpec }>();

function withClass(spec: PodSpec, given: RuntimeClass, attributes: AdmissionRequest): PodSpec {
  const found = known.get(spec);
  if (found?.given === given) return found.spec;
  const changes: Partial<PodSpec> = {};
  const fixed = given.overhead?.podFixed;
  if (fixed !== undefined) {
    if (spec.overhead !== undefined && !equalAmounts(spec.overhead, fixed)) {
      throw refuse(attributes, "Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    }
    changes.overhead = fixed;
  }
  const { nodeSelector: wanted = NOTHING, tolerations = [] } = given.scheduling ?? {};
  const own: Readonly<Record<string, string>> = spec.nodeSelector ?? NOTHING;
  for (const [key, value] of Object.entries(wanted)) {
    if (own[key] === undefined || own[key] === value) continue;
    const conflict = `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own[key]}`;
    throw forbidden(attributes.request.resource, attributes.name, conflict);
  }
  if (Object.keys(wanted).length > 0) changes.nodeSelector = { ...own, ...wanted };
  const present = spec.tolerations ?? [];
  const added = tolerations.filter((toleration) => !present.some((other) => deepEqual(other, toleration)));
  if (added.length > 0) changes.tolerations = [...present, ...added];
  const result = Object.keys(changes).length === 0 ? spec : { ...spec, ...changes };
  known.set(spec, { given, spec: result });
  return result;
}

function refuse({ request, name }: AdmissionRequest, why: string): Error {
  return forbidden(request.resource, name, `pod rejected: ${why}`);
}
