/**
 * Persistent volumes. Upstream: ValidatePersistentVolume, ValidatePersistentVolumeUpdate in
 * pkg/apis/core/validation/validation.go.
 * Simplified: a node affinity that is set can't change at all; upstream lets labels of beta be renamed.
 */
import { deepEqual } from "../../../base/json.ts";
import type { PersistentVolume, PersistentVolumeSpec } from "../../generated/types.ts";
import { forbiddenField, notSupported, required, type FieldError } from "../../meta/field-error.ts";
import { textDiff } from "../../meta/text-diff.ts";
import { validateImmutable } from "../../meta/validate-meta.ts";
import { validateNodeSelector } from "../pod/validate-scheduling.ts";
import {
  validateAccessModes,
  validateClassName,
  validateNotNegative,
  validatePositive,
  VOLUME_MODES,
} from "../volume-claims.ts";
import { SOURCE_NAMES, validateVolumeSources } from "./sources.ts";

const RECLAIM_POLICIES = ["Delete", "Recycle", "Retain"];

export function validateVolume({ metadata, spec = {} as PersistentVolumeSpec }: PersistentVolume): FieldError[] {
  const errors: FieldError[] = [];
  const { accessModes = [], persistentVolumeReclaimPolicy: policy = "", nodeAffinity } = spec;
  if (accessModes.length === 0) errors.push(required("spec.accessModes"));
  validateAccessModes(accessModes, "spec.accessModes", errors);
  validateCapacity(spec, errors);
  if (policy !== "" && !RECLAIM_POLICIES.includes(policy)) {
    errors.push(notSupported("spec.persistentVolumeReclaimPolicy", policy, RECLAIM_POLICIES));
  }
  if (nodeAffinity !== undefined) {
    const field = "spec.nodeAffinity.required";
    if (nodeAffinity.required !== undefined) validateNodeSelector(nodeAffinity.required, field, errors);
    else errors.push(required(field, "must specify required node constraints"));
  }
  validateVolumeSources(spec, { field: "spec", volume: metadata?.name ?? "" }, errors);
  if (policy === "Recycle" && spec.hostPath !== undefined && isRoot(spec.hostPath.path ?? "")) {
    const detail = "may not be 'recycle' for a hostPath mount of '/'";
    errors.push(forbiddenField("spec.persistentVolumeReclaimPolicy", detail));
  }
  validateClasses(spec, errors);
  return errors;
}

function validateCapacity({ capacity = {} }: PersistentVolumeSpec, errors: FieldError[]): void {
  const names = Object.keys(capacity);
  if (names.length === 0) errors.push(required("spec.capacity"));
  if (capacity["storage"] === undefined || names.length > 1) {
    errors.push(notSupported("spec.capacity", names.length === 0 ? null : capacity, ["storage"]));
  }
  for (const name of names) {
    validateNotNegative(capacity[name] as string, `spec.capacity[${name}]`, errors);
    validatePositive(capacity[name] as string, `spec.capacity[${name}]`, errors);
  }
}

function validateClasses(spec: PersistentVolumeSpec, errors: FieldError[]): void {
  const { storageClassName = "", volumeMode, volumeAttributesClassName } = spec;
  if (storageClassName !== "") validateClassName(storageClassName, "spec.storageClassName", errors);
  if (volumeMode !== undefined && !VOLUME_MODES.includes(volumeMode)) {
    errors.push(notSupported("spec.volumeMode", volumeMode, VOLUME_MODES));
  }
  if (volumeAttributesClassName === undefined) return;
  const field = "spec.volumeAttributesClassName";
  if (volumeAttributesClassName === "") errors.push(required(field, "an empty string is disallowed"));
  else validateClassName(volumeAttributesClassName, field, errors);
  if (spec.csi === undefined) {
    errors.push(required("spec.csi", "has to be specified when using volumeAttributesClassName"));
  }
}

/** True for what Go's path.Clean turns into `/`. */
function isRoot(path: string): boolean {
  let depth = 0;
  if (!path.startsWith("/")) return false;
  for (const part of path.split("/")) {
    if (part === "..") depth = Math.max(0, depth - 1);
    else if (part !== "" && part !== ".") depth++;
  }
  return depth === 0;
}

export function validateVolumeUpdate(volume: PersistentVolume, old: PersistentVolume): FieldError[] {
  const errors = validateVolume(volume);
  const { spec = {} } = volume;
  const { spec: before = {} } = old;
  const next = sourcesOf(spec);
  const was = sourcesOf(before);
  if (was.csi !== undefined && was.csi.controllerExpandSecretRef === undefined && next.csi !== undefined) {
    const { controllerExpandSecretRef: _, ...rest } = next.csi;
    next.csi = rest;
  }
  if (!deepEqual(next, was)) {
    const detail = `spec.persistentvolumesource is immutable after creation\n${textDiff(was, next)}`;
    errors.push(forbiddenField("spec.persistentvolumesource", detail));
  }
  validateImmutable(spec.volumeMode, before.volumeMode, "volumeMode", errors);
  if (before.nodeAffinity !== undefined) {
    validateImmutable(spec.nodeAffinity, before.nodeAffinity, "nodeAffinity", errors);
  }
  if (before.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined) {
    const detail = "update from non-nil value to nil is forbidden";
    errors.push(forbiddenField("spec.volumeAttributesClassName", detail));
  }
  return errors;
}

function sourcesOf(spec: PersistentVolumeSpec): PersistentVolumeSpec {
  return Object.fromEntries(
    SOURCE_NAMES.filter((name) => spec[name] !== undefined).map((name) => [name, spec[name]]),
  ) as PersistentVolumeSpec;
}
