/**
 * Claims. Upstream: ValidatePersistentVolumeClaim, ValidatePersistentVolumeClaimUpdate in
 * pkg/apis/core/validation/validation.go.
 */
import { deepEqual } from "../../../base/json.ts";
import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimStatus,
  TypedObjectReference,
} from "../../generated/types.ts";
import { forbiddenField, invalidValue, notSupported, required, type FieldError } from "../../meta/field-error.ts";
import { isDNS1123Label, isDNS1123Subdomain, isQualifiedName } from "../../meta/names.ts";
import { compareQuantities, parseQuantity } from "../../meta/quantity.ts";
import { textDiff } from "../../meta/text-diff.ts";
import { IMMUTABLE, validateImmutable, validateLabelSelector } from "../../meta/validate-meta.ts";
import {
  CLASS_ANNOTATION,
  validateAccessModes,
  validateClassName,
  validateNotNegative,
  validatePositive,
  VOLUME_MODES,
} from "../volume-claims.ts";

const RESIZE_STATES = [
  "ControllerResizeFailed",
  "ControllerResizeInProgress",
  "NodeResizeFailed",
  "NodeResizeInProgress",
  "NodeResizePending",
];

/** Also of the claim templates of pods and stateful sets, at another `field`. */
export function validateClaimSpec(spec: PersistentVolumeClaimSpec, field: string, errors: FieldError[]): void {
  const { accessModes = [], selector, resources, storageClassName = "", volumeMode, volumeAttributesClassName } = spec;
  if (accessModes.length === 0) errors.push(required(`${field}.accessModes`, "at least 1 access mode is required"));
  if (selector !== undefined) validateLabelSelector(selector, `${field}.selector`, errors);
  validateAccessModes(accessModes, `${field}.accessModes`, errors);
  const size = resources?.requests?.["storage"];
  if (size === undefined) errors.push(required(`${field}.resources[storage]`));
  else validatePositive(size, `${field}.resources[storage]`, errors);
  if (storageClassName !== "") validateClassName(storageClassName, `${field}.storageClassName`, errors);
  if (volumeMode !== undefined && !VOLUME_MODES.includes(volumeMode)) {
    errors.push(notSupported(`${field}.volumeMode`, volumeMode, VOLUME_MODES));
  }
  validateSources(spec, field, errors);
  if (volumeAttributesClassName !== undefined && volumeAttributesClassName !== "") {
    validateClassName(volumeAttributesClassName, `${field}.volumeAttributesClassName`, errors);
  }
}

function validateSources(
  { dataSource, dataSourceRef }: PersistentVolumeClaimSpec,
  field: string,
  errors: FieldError[],
): void {
  if (dataSource !== undefined) validateSource(dataSource, `${field}.dataSource`, errors);
  if (dataSourceRef !== undefined) {
    validateSource(dataSourceRef, `${field}.dataSourceRef`, errors);
    const { namespace = "" } = dataSourceRef;
    if (namespace !== "") {
      for (const text of isDNS1123Label(namespace)) {
        errors.push(invalidValue(`${field}.dataSourceRef.namespace`, namespace, text));
      }
    }
  }
  if (dataSource === undefined || dataSourceRef === undefined) return;
  if (dataSourceRef.namespace) {
    const detail = "may not be specified when dataSourceRef.namespace is specified";
    errors.push(invalidValue(field, `${field}.dataSource`, detail));
  } else if (
    !deepEqual(dataSource, { ...dataSourceRef, ...(dataSourceRef.namespace === "" && { namespace: undefined }) })
  ) {
    errors.push(invalidValue(field, `${field}.dataSource`, "must match dataSourceRef"));
  }
}

function validateSource(
  { name, kind = "", apiGroup = "" }: TypedObjectReference,
  field: string,
  errors: FieldError[],
): void {
  if (!name) errors.push(required(`${field}.name`));
  if (kind === "") errors.push(required(`${field}.kind`));
  if (apiGroup === "" && kind !== "PersistentVolumeClaim") {
    errors.push(invalidValue(field, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
  }
  if (apiGroup !== "") {
    for (const text of isDNS1123Subdomain(apiGroup)) errors.push(invalidValue(`${field}.apiGroup`, apiGroup, text));
  }
}

export function validateClaim({ spec = {} }: PersistentVolumeClaim): FieldError[] {
  const errors: FieldError[] = [];
  validateClaimSpec(spec, "spec", errors);
  return errors;
}

export function validateClaimUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const errors = validateClaim(claim);
  const { spec = {} } = claim;
  const { spec: before = {} } = old;
  const { next, was } = comparableSpecs(claim, old, errors);
  if (!deepEqual(next, was)) {
    const detail =
      "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
    errors.push(forbiddenField("spec", `${detail}\n${textDiff(was, next)}`));
  }
  const [size, oldSize] = [sizeOf(spec), sizeOf(before)];
  const capacity = parseQuantity(old.status?.capacity?.["storage"] ?? "0");
  if (compareQuantities(size, oldSize) < 0 && compareQuantities(size, capacity) <= 0) {
    errors.push(forbiddenField("spec.resources.requests.storage", "field can not be less than status.capacity"));
  }
  validateImmutable(spec.volumeMode, before.volumeMode, "volumeMode", errors);
  validateAttributesClassUpdate(spec, before, errors);
  return errors;
}

function sizeOf({ resources }: PersistentVolumeClaimSpec) {
  return parseQuantity(resources?.requests?.["storage"] ?? "0");
}

/** Both specs without what may change: the volume's name once, the class once, the size of a bound claim. */
function comparableSpecs(
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
  errors: FieldError[],
): { next: PersistentVolumeClaimSpec; was: PersistentVolumeClaimSpec } {
  const { volumeAttributesClassName: _, ...was } = old.spec ?? {};
  const { volumeAttributesClassName: __, ...next } = claim.spec ?? {};
  if (!was.volumeName) copyField(was, next, "volumeName");
  const before = old.metadata.annotations?.[CLASS_ANNOTATION];
  const now = claim.metadata.annotations?.[CLASS_ANNOTATION];
  const named = was.storageClassName === undefined && next.storageClassName !== undefined;
  if (named && next.storageClassName === before && (now === undefined || now === before)) {
    // A class of the annotation moves into its field.
    delete next.storageClassName;
  } else {
    if ((now ?? "") !== (before ?? "")) {
      errors.push(invalidValue(`metadata.annotations[${CLASS_ANNOTATION}]`, now ?? "", IMMUTABLE));
    }
    if (named && (before === undefined || next.storageClassName === before)) delete next.storageClassName;
  }
  if (claim.status?.phase === "Bound" && next.resources?.requests !== undefined) {
    const { storage: ___, ...others } = next.resources.requests;
    const size = was.resources?.requests?.["storage"];
    const requests = size === undefined ? others : { ...others, storage: size };
    next.resources = { ...next.resources, requests };
  }
  return { next, was };
}

function copyField<T extends object, K extends keyof T>(target: T, source: T, key: K): void {
  if (source[key] === undefined) delete target[key];
  else target[key] = source[key];
}

function validateAttributesClassUpdate(
  { volumeAttributesClassName: name }: PersistentVolumeClaimSpec,
  { volumeAttributesClassName: before }: PersistentVolumeClaimSpec,
  errors: FieldError[],
): void {
  if (before === undefined || (name !== undefined && (name !== "" || before === ""))) return;
  const to = name === undefined ? "nil" : "an empty string";
  errors.push(forbiddenField("spec.volumeAttributesClassName", `update from non-nil value to ${to} is forbidden`));
}

export function validateClaimStatus(status: PersistentVolumeClaimStatus): FieldError[] {
  const errors: FieldError[] = [];
  const { capacity = {}, allocatedResourceStatuses = {}, allocatedResources = {} } = status;
  for (const name in capacity) validateNotNegative(capacity[name] as string, `status.capacity[${name}]`, errors);
  for (const [name, state] of Object.entries(allocatedResourceStatuses)) {
    const field = "status.allocatedResourceStatus";
    validateResourceKey(name, field, errors);
    if (!RESIZE_STATES.includes(state)) errors.push(notSupported(field, name, RESIZE_STATES));
  }
  for (const [name, size] of Object.entries(allocatedResources)) {
    if (!validateResourceKey(name, "status.allocatedResources", errors)) continue;
    validateNotNegative(size, `status.allocatedResources[${name}]`, errors);
  }
  return errors;
}

/** Of Kubernetes' own resources a claim has one. */
function validateResourceKey(name: string, field: string, errors: FieldError[]): boolean {
  const before = errors.length;
  for (const text of isQualifiedName(name)) errors.push(invalidValue(field, name, text));
  const native = !name.includes("/") || name.includes("kubernetes.io/");
  if (errors.length === before && native && name !== "storage") errors.push(notSupported(field, name, ["storage"]));
  return errors.length === before;
}
