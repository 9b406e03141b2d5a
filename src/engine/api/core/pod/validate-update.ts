/**
 * What may change of a pod that exists. Upstream: ValidatePodUpdate, ValidatePodEphemeralContainersUpdate in
 * pkg/apis/core/validation/validation.go. Its status is in `validate-status.ts`, its size in `validate-resize.ts`.
 */
import { deepEqual } from "../../../base/json.ts";
import type { Affinity, Container, NodeSelectorTerm, Pod, PodSpec, Toleration } from "../../generated/types.ts";
import { forbiddenField, invalidValue, required, type FieldError } from "../../meta/field-error.ts";
import { isInRange } from "../../meta/names.ts";
import { textDiff } from "../../meta/text-diff.ts";
import { withFields } from "../../meta/share.ts";
import { MIRROR, validateAnnotationUpdates } from "./validate-annotations.ts";
import { validateTolerations } from "./validate-scheduling.ts";
import { validatePodMetadataAndSpec } from "./validation.ts";

const MAX_INT32 = 2 ** 31 - 1;
const UPDATABLE = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
];

export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const common = validatePodMetadataAndSpec(pod);
  const annotations = validateAnnotationUpdates(pod, old);
  if (pod.spec === old.spec) return annotations.length === 0 ? (common as FieldError[]) : [...common, ...annotations];
  const errors = [...common, ...annotations];
  const next = pod.spec;
  const before = old.spec;
  for (const list of ["containers", "initContainers"] as const) {
    if (!validateImages(next[list] ?? [], before[list] ?? [], `spec.${list}`, errors)) return errors;
  }
  if (!validateDeadline(next.activeDeadlineSeconds, before.activeDeadlineSeconds, errors)) return errors;
  validateTolerationsUpdate(next.tolerations ?? [], before.tolerations ?? [], errors);
  validateGatesUpdate(next, before, errors);
  const rest = withOldFields(next, before, errors);
  if (!deepEqual(rest, before)) {
    const detail = `pod updates may not change fields other than ${UPDATABLE.join(",")}\n${textDiff(rest, before)}`;
    errors.push(forbiddenField("spec", detail));
  }
  return errors;
}

/** False when nothing more can be said, because containers came or went. */
function validateImages(
  next: readonly Container[],
  before: readonly Container[],
  field: string,
  errors: FieldError[],
): boolean {
  if (next.length !== before.length) {
    errors.push(forbiddenField(field, "pod updates may not add or remove containers"));
    return false;
  }
  for (const [index, { image = "" }] of next.entries()) {
    if (image === "") errors.push(required(`${field}[${index}].image`));
    if (image.trim() === image) continue;
    errors.push(invalidValue(`${field}[${index}].image`, image, "must not have leading or trailing whitespace"));
  }
  return true;
}

/** The new spec with the old values of what may change: what is left over are forbidden changes. */
function withOldFields(next: PodSpec, before: PodSpec, errors: FieldError[]): PodSpec {
  const withImages = (list: Container[], old: readonly Container[]): Container[] =>
    list.map((container, at) => ({ ...container, image: old[at]?.image }));
  const rest: PodSpec = {
    ...next,
    containers: withImages(next.containers, before.containers),
    activeDeadlineSeconds: before.activeDeadlineSeconds,
    tolerations: before.tolerations,
    schedulingGates: before.schedulingGates,
  };
  if (next.initContainers !== undefined) {
    rest.initContainers = withImages(next.initContainers, before.initContainers ?? []);
  }
  if ((before.terminationGracePeriodSeconds ?? 0) < 0 && next.terminationGracePeriodSeconds === 1) {
    rest.terminationGracePeriodSeconds = before.terminationGracePeriodSeconds;
  }
  if ((before.schedulingGates ?? []).length === 0) return rest;
  // While scheduling is gated, what the pod asks of nodes may become narrower.
  if (!deepEqual(next.nodeSelector ?? {}, before.nodeSelector ?? {})) {
    validateNodeSelectorMutation(next.nodeSelector ?? {}, before.nodeSelector ?? {}, errors);
    rest.nodeSelector = before.nodeSelector;
  }
  if (!deepEqual(next.affinity?.nodeAffinity, before.affinity?.nodeAffinity)) {
    validateNodeAffinityMutation(next.affinity, before.affinity, errors);
    const affinity = withFields<Affinity>(next.affinity ?? {}, { nodeAffinity: before.affinity?.nodeAffinity });
    rest.affinity = Object.keys(affinity).length === 0 ? before.affinity : affinity;
  }
  return rest;
}

function validateNodeSelectorMutation(
  next: Readonly<Record<string, string>>,
  before: Readonly<Record<string, string>>,
  errors: FieldError[],
): void {
  if (Object.entries(before).every(([key, value]) => next[key] === value)) return;
  const detail = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
  errors.push(invalidValue("spec.nodeSelector", next, detail));
}

function validateNodeAffinityMutation(
  next: Affinity | undefined,
  before: Affinity | undefined,
  errors: FieldError[],
): void {
  const terms = (affinity: Affinity | undefined): NodeSelectorTerm[] =>
    affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const [newTerms, oldTerms] = [terms(next), terms(before)];
  const field = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
  if (oldTerms.length > 0 && oldTerms.length !== newTerms.length) {
    const detail = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
    errors.push(invalidValue(field, newTerms, detail));
    return;
  }
  for (const [index, old] of oldTerms.entries()) {
    const term = newTerms[index] as NodeSelectorTerm;
    if (hasOnlyAdditions(term, old)) continue;
    const detail = "only additions are allowed (no mutations or deletions)";
    errors.push(invalidValue(`${field}[${index}]`, term, detail));
  }
}

function hasOnlyAdditions(next: NodeSelectorTerm, before: NodeSelectorTerm): boolean {
  const lists = (["matchExpressions", "matchFields"] as const).map(
    (key) => [next[key] ?? [], before[key] ?? []] as const,
  );
  // A term without requirements matches nothing: with one it would match something.
  if (lists.every(([, old]) => old.length === 0)) return lists.every(([list]) => list.length === 0);
  return lists.every(([list, old]) => deepEqual(list.slice(0, old.length), old));
}

/** False when the deadline is so wrong that upstream says no more. */
function validateDeadline(next: number | undefined, before: number | undefined, errors: FieldError[]): boolean {
  const field = "spec.activeDeadlineSeconds";
  if (next === undefined) {
    if (before !== undefined) {
      errors.push(invalidValue(field, next, "must not update from a positive integer to nil value"));
    }
    return true;
  }
  const range = isInRange(next, 0, MAX_INT32);
  for (const text of range) errors.push(invalidValue(field, next, text));
  if (range.length > 0) return false;
  if (before === undefined || before >= next) return true;
  errors.push(invalidValue(field, next, "must be less than or equal to previous value"));
  return false;
}

function validateTolerationsUpdate(
  next: readonly Toleration[],
  before: readonly Toleration[],
  errors: FieldError[],
): void {
  const same = (a: Toleration, b: Toleration): boolean =>
    deepEqual({ ...a, tolerationSeconds: undefined }, { ...b, tolerationSeconds: undefined });
  if (before.every((old) => next.some((toleration) => same(old, toleration)))) {
    validateTolerations(next, "spec.tolerations", errors);
    return;
  }
  const detail = "existing toleration can not be modified except its tolerationSeconds";
  errors.push(forbiddenField("spec.tolerations", detail));
}

function validateGatesUpdate(next: PodSpec, before: PodSpec, errors: FieldError[]): void {
  const known = new Set((before.schedulingGates ?? []).map(({ name }) => name));
  for (const [index, { name }] of (next.schedulingGates ?? []).entries()) {
    if (known.has(name)) continue;
    const detail = `only deletion is allowed, but found new scheduling gate '${name}'`;
    errors.push(forbiddenField(`spec.schedulingGates[${index}].name`, detail));
  }
}

/** The subresource `ephemeralcontainers`: containers may be added, and those that are there stay as they are. */
export function validateEphemeralContainersUpdate(pod: Pod, old: Pod): FieldError[] {
  if (old.metadata.annotations?.[MIRROR] !== undefined) {
    return [forbiddenField("", "static pods do not support ephemeral containers")];
  }
  const errors = [...validatePodMetadataAndSpec(pod), ...validateAnnotationUpdates(pod, old)];
  const next = pod.spec.ephemeralContainers ?? [];
  for (const before of old.spec.ephemeralContainers ?? []) {
    const now = next.find(({ name }) => name === before.name);
    const about = (what: string): void => {
      const detail = `existing ephemeral containers ${JSON.stringify(before.name)} may not be ${what}`;
      errors.push(forbiddenField("spec.ephemeralContainers", detail));
    };
    if (now === undefined) about("removed\n");
    else if (!deepEqual(now, before)) about(`changed\n${textDiff(now, before)}`);
  }
  return errors;
}
