/** Turns a pod's priority class into its number, and keeps the default class single. Upstream: plugin/pkg/admission/priority. */
import type { Pod, PodSpec, PriorityClass } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { forbidden } from "../../api/meta/status-error.ts";
import { priorityClasses } from "../../api/registry.ts";
import { withFields } from "../../api/meta/share.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";

const PREEMPT = "PreemptLowerPriority";
const CLASSES = priorityClasses.id;

/** What a pod gets without any class. */
const NO_CLASS: PriorityClass = {
  apiVersion: priorityClasses.apiVersion,
  kind: priorityClasses.kind,
  metadata: { name: "", uid: "", resourceVersion: "", creationTimestamp: "" },
  value: 0,
  preemptionPolicy: PREEMPT,
};

export const priority: AdmissionPlugin = {
  name: "Priority",
  resources: ["pods", CLASSES],
  mutate(object, attributes) {
    const { operation, request } = attributes;
    if (request.resource.id !== "pods" || request.subresource !== "") return object;
    if (operation === "update") return keepPriority(object as Pod, attributes.old as Pod);
    const given = object as Pod;
    if (operation !== "create" || given.spec === undefined) return object;
    const spec = withPriority(given.spec, classOf(given.spec, attributes), attributes);
    return spec === given.spec ? object : ({ ...given, spec } as KubeObject);
  },
  validate(object, attributes) {
    const { operation, request } = attributes;
    if (request.resource.id !== CLASSES || operation === "delete") return;
    if ((object as PriorityClass).globalDefault !== true) return;
    const other = defaultClass(attributes);
    if (other === undefined || other.metadata.name === attributes.name) return;
    const why = `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`;
    throw forbidden(request.resource, attributes.name, why);
  },
};

function classOf({ priorityClassName = "" }: PodSpec, attributes: AdmissionRequest): PriorityClass {
  if (priorityClassName === "") return defaultClass(attributes) ?? NO_CLASS;
  const found = allClasses(attributes).find(({ metadata }) => metadata.name === priorityClassName);
  if (found !== undefined) return found;
  throw refuse(attributes, `no PriorityClass with name ${priorityClassName} was found`);
}

/** Several defaults may have slipped in: the lowest one counts. */
function defaultClass(attributes: AdmissionRequest): PriorityClass | undefined {
  let chosen: PriorityClass | undefined;
  for (const candidate of allClasses(attributes)) {
    if (candidate.globalDefault !== true) continue;
    if (chosen === undefined || (candidate.value ?? 0) < (chosen.value ?? 0)) chosen = candidate;
  }
  return chosen;
}

function allClasses({ context }: AdmissionRequest): readonly PriorityClass[] {
  return context.lists.list(priorityClasses);
}

/** Pods of one template share their spec: with one class they share the result too. */
const known = new WeakMap<PodSpec, { priorityClass: PriorityClass; spec: PodSpec }>();

function withPriority(spec: PodSpec, priorityClass: PriorityClass, attributes: AdmissionRequest): PodSpec {
  const found = known.get(spec);
  if (found?.priorityClass === priorityClass) return found.spec;
  const { value = 0, preemptionPolicy = PREEMPT } = priorityClass;
  if (spec.priority !== undefined && spec.priority !== value) {
    const why = `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`;
    throw refuse(attributes, why);
  }
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy) {
    const why = `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`;
    throw refuse(attributes, why);
  }
  const { name } = priorityClass.metadata;
  const named = name === "" ? spec : withFields(spec, { priorityClassName: name });
  const admitted = withFields(named, { priority: value, preemptionPolicy });
  known.set(spec, { priorityClass, spec: admitted });
  known.set(admitted, { priorityClass, spec: admitted });
  return admitted;
}

/** A client that updates a pod may leave out what it never wrote. */
function keepPriority(pod: Pod, old: Pod): KubeObject {
  const { priority: number, preemptionPolicy } = old.spec ?? {};
  if (pod.spec === undefined) return pod;
  const spec = withFields(pod.spec, {
    priority: pod.spec.priority ?? number,
    preemptionPolicy: pod.spec.preemptionPolicy ?? preemptionPolicy,
  });
  return withFields(pod, { spec });
}

function refuse({ request, name }: AdmissionRequest, why: string): Error {
  return forbidden(request.resource, name, why);
}
