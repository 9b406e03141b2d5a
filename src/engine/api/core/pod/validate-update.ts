/**
 * What may change of a pod that exists. Upstream: ValidatePodUpdate, ValidatePodStatusUpdate in
 * pkg/apis/core/validation/validation.go.
 */
import { deepEqual } from "../../../base/json.ts";
import type { ContainerStatus, Pod, PodSpec, Toleration } from "../../generated/types.ts";
import { forbiddenField, invalidValue, type FieldError } from "../../meta/field-error.ts";
import { isInRange } from "../../meta/names.ts";
import { textDiff } from "../../meta/text-diff.ts";
import { validateImmutable } from "../../meta/validate-meta.ts";
import { validatePod } from "./validation.ts";

const MAX_INT32 = 2 ** 31 - 1;
const UPDATABLE = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
];
const NO_ADDING = "pod updates may not add or remove containers";

export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  if (pod.spec === old.spec) return validatePod(pod);
  const errors = [...validatePod(pod)];
  const next = pod.spec;
  const before = old.spec;
  if (next.containers?.length !== before.containers.length) {
    return [...errors, forbiddenField("spec.containers", NO_ADDING)];
  }
  if ((next.initContainers?.length ?? 0) !== (before.initContainers?.length ?? 0)) {
    return [...errors, forbiddenField("spec.initContainers", NO_ADDING)];
  }
  validateDeadline(next.activeDeadlineSeconds, before.activeDeadlineSeconds, errors);
  validateTolerationsUpdate(next.tolerations ?? [], before.tolerations ?? [], errors);
  validateGatesUpdate(next, before, errors);
  const rest = withOldFields(next, before);
  if (!deepEqual(rest, before)) {
    const detail = `pod updates may not change fields other than ${UPDATABLE.join(",")}\n${textDiff(rest, before)}`;
    errors.push(forbiddenField("spec", detail));
  }
  return errors;
}

/** The new spec with the old values of what may change: what is left over are forbidden changes. */
function withOldFields(next: PodSpec, before: PodSpec): PodSpec {
  const rest: PodSpec = {
    ...next,
    containers: next.containers.map((container, at) => ({ ...container, image: before.containers[at]?.image })),
    activeDeadlineSeconds: before.activeDeadlineSeconds,
    tolerations: before.tolerations,
    schedulingGates: before.schedulingGates,
  };
  if (next.initContainers !== undefined) {
    const old = before.initContainers ?? [];
    rest.initContainers = next.initContainers.map((container, at) => ({ ...container, image: old[at]?.image }));
  }
  if ((before.terminationGracePeriodSeconds ?? 0) < 0 && next.terminationGracePeriodSeconds === 1) {
    rest.terminationGracePeriodSeconds = before.terminationGracePeriodSeconds;
  }
  // While scheduling is gated the node selector may become narrower.
  if ((before.schedulingGates ?? []).length > 0 && narrows(next.nodeSelector, before.nodeSelector)) {
    rest.nodeSelector = before.nodeSelector;
  }
  return rest;
}

function narrows(next: PodSpec["nodeSelector"], before: PodSpec["nodeSelector"]): boolean {
  return Object.entries(before ?? {}).every(([key, value]) => next?.[key] === value);
}

function validateDeadline(next: number | undefined, before: number | undefined, errors: FieldError[]): void {
  const field = "spec.activeDeadlineSeconds";
  if (next === undefined) {
    if (before !== undefined) {
      errors.push(invalidValue(field, next, "must not update from a positive integer to nil value"));
    }
    return;
  }
  const range = isInRange(next, 0, MAX_INT32);
  for (const text of range) errors.push(invalidValue(field, next, text));
  if (range.length === 0 && before !== undefined && before < next) {
    errors.push(invalidValue(field, next, "must be less than or equal to previous value"));
  }
}

function validateTolerationsUpdate(
  next: readonly Toleration[],
  before: readonly Toleration[],
  errors: FieldError[],
): void {
  const same = (a: Toleration, b: Toleration): boolean =>
    deepEqual({ ...a, tolerationSeconds: undefined }, { ...b, tolerationSeconds: undefined });
  if (before.every((old) => next.some((toleration) => same(old, toleration)))) return;
  const detail = "existing toleration can not be modified except its tolerationSeconds";
  errors.push(forbiddenField("spec.tolerations", detail));
}

function validateGatesUpdate(next: PodSpec, before: PodSpec, errors: FieldError[]): void {
  const known = new Set((before.schedulingGates ?? []).map(({ name }) => name));
  for (const [index, { name }] of (next.schedulingGates ?? []).entries()) {
    if (known.has(name)) continue;
    const detail = `only deletion is allowed, but found new scheduling gate '${name}'`;
    errors.push(forbiddenField(`spec.schedulingGates[${index}]`, detail));
  }
}

export function validatePodStatusUpdate(pod: Pod, old: Pod): FieldError[] {
  const errors: FieldError[] = [];
  validateImmutable(pod.spec.nodeName ?? "", old.spec.nodeName ?? "", "spec.nodeName", errors);
  if (pod.spec.restartPolicy === "Always" || pod.spec.restartPolicy === "OnFailure") {
    const always = pod.spec.restartPolicy === "Always";
    const lists = [pod.status.containerStatuses, old.status.containerStatuses] as const;
    validateStates(lists, { always, field: "status.containerStatuses", errors });
  }
  return errors;
}

/** A container that ended stays ended where the restart policy says so. */
function validateStates(
  [next = [], before = []]: readonly [ContainerStatus[] | undefined, ContainerStatus[] | undefined],
  { always, field, errors }: { always: boolean; field: string; errors: FieldError[] },
): void {
  if (always) return;
  for (const [index, old] of before.entries()) {
    const terminated = old.state?.terminated;
    if (terminated === undefined || terminated.exitCode !== 0) continue;
    const now = next.find(({ name }) => name === old.name);
    if (now !== undefined && now.state?.terminated === undefined) {
      errors.push(forbiddenField(`${field}[${index}].state`, "may not be transitioned to non-terminated state"));
    }
  }
}
