/**
 * Rules that the kinds share: labels and annotations of templates, label selectors, numbers, immutability. An object's own
 * metadata is checked by the API server. Upstream: apimachinery pkg/apis/meta/v1/validation, pkg/api/validation.
 */
import { deepEqual } from "../../base/json.ts";
import type { LabelSelector } from "../generated/types.ts";
import { forbiddenField, invalidValue, required, type FieldError } from "./field-error.ts";
import { isLabelValue, isQualifiedName } from "./names.ts";

const MAX_ANNOTATIONS = 256 * 1024;

/** Label sets that were found valid: pods of one template share theirs. */
const validLabels = new WeakSet<object>();
const validAnnotations = new WeakSet<object>();

export function validateLabelName(name: string, field: string, errors: FieldError[]): void {
  for (const text of isQualifiedName(name)) errors.push(invalidValue(field, name, text));
}

export function validateLabels(labels: Readonly<Record<string, string>>, field: string, errors: FieldError[]): void {
  if (validLabels.has(labels)) return;
  const before = errors.length;
  for (const key in labels) {
    validateLabelName(key, field, errors);
    for (const text of isLabelValue(labels[key] as string)) errors.push(invalidValue(field, labels[key], text));
  }
  if (errors.length === before) validLabels.add(labels);
}

export function validateAnnotations(
  annotations: Readonly<Record<string, string>>,
  field: string,
  errors: FieldError[],
): void {
  if (validAnnotations.has(annotations)) return;
  const before = errors.length;
  let size = 0;
  for (const key in annotations) {
    for (const text of isQualifiedName(key.toLowerCase())) errors.push(invalidValue(field, key, text));
    size += key.length + (annotations[key] as string).length;
  }
  if (size > MAX_ANNOTATIONS) {
    const detail = `may not be more than ${MAX_ANNOTATIONS} bytes`;
    errors.push({ type: "FieldValueTooLong", field, badValue: "", detail });
  }
  if (errors.length === before) validAnnotations.add(annotations);
}

/** Whether the operator is one of the four of all selectors; complains when its values don't go with it. */
export function validateOperands(
  { operator, values }: { operator: string | undefined; values: readonly string[] },
  path: string,
  errors: FieldError[],
): boolean {
  switch (operator) {
    case "In":
    case "NotIn":
      if (values.length === 0) {
        errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
      return true;
    case "Exists":
    case "DoesNotExist":
      if (values.length > 0) {
        const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
        errors.push(forbiddenField(`${path}.values`, detail));
      }
      return true;
    default:
      return false;
  }
}

export function validateLabelSelector(selector: LabelSelector, field: string, errors: FieldError[]): void {
  if (selector.matchLabels !== undefined) validateLabels(selector.matchLabels, `${field}.matchLabels`, errors);
  for (const [index, { key, operator, values = [] }] of (selector.matchExpressions ?? []).entries()) {
    const path = `${field}.matchExpressions[${index}]`;
    if (!validateOperands({ operator, values }, path, errors)) {
      errors.push(invalidValue(`${path}.operator`, operator ?? "", "not a valid selector operator"));
    }
    validateLabelName(key ?? "", `${path}.key`, errors);
    for (const [at, value] of values.entries()) {
      for (const text of isLabelValue(value)) errors.push(invalidValue(`${path}.values[${at}]`, value, text));
    }
  }
}

/** `must be greater than or equal to 0` */
export function validateNonnegative(value: number | undefined, field: string, errors: FieldError[]): void {
  if (value !== undefined && value < 0) {
    errors.push(invalidValue(field, value, "must be greater than or equal to 0"));
  }
}

export const IMMUTABLE = "field is immutable";

/** Complains when a field that can't change did. */
export function validateImmutable(value: unknown, old: unknown, field: string, errors: FieldError[]): void {
  if (!deepEqual(value, old)) errors.push(invalidValue(field, value, IMMUTABLE));
}
