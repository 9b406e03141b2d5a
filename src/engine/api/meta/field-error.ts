/**
 * One complaint of validation. Upstream: apimachinery pkg/util/validation/field/errors.go.
 * `invalid(kind, name, errors)` makes the 422 that a client sees.
 */
import { StatusError } from "./status-error.ts";

export type FieldErrorType =
  | "FieldValueNotFound"
  | "FieldValueRequired"
  | "FieldValueDuplicate"
  | "FieldValueInvalid"
  | "FieldValueNotSupported"
  | "FieldValueForbidden"
  | "FieldValueTooLong"
  | "FieldValueTooMany"
  | "FieldValueTypeInvalid"
  | "InternalError";

export interface FieldError {
  type: FieldErrorType;
  /** `spec.containers[0].image`. */
  field: string;
  badValue: unknown;
  detail: string;
}

const TYPE_TEXTS: Record<FieldErrorType, string> = {
  FieldValueNotFound: "Not found",
  FieldValueRequired: "Required value",
  FieldValueDuplicate: "Duplicate value",
  FieldValueInvalid: "Invalid value",
  FieldValueNotSupported: "Unsupported value",
  FieldValueForbidden: "Forbidden",
  FieldValueTooLong: "Too long",
  FieldValueTooMany: "Too many",
  FieldValueTypeInvalid: "Invalid value",
  InternalError: "Internal error",
};

/** Types whose message leaves the offending value out. */
const WITHOUT_VALUE = new Set<FieldErrorType>([
  "FieldValueRequired",
  "FieldValueForbidden",
  "FieldValueTooLong",
  "InternalError",
]);

/** A bad value that the text doesn't show (upstream's OmitValueType). */
export const OMITTED = Symbol("omitted");

function showValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (value === undefined || value === null) return "null";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** `Invalid value: "x": must be …` without the field's path. */
export function fieldErrorBody(error: FieldError): string {
  const head = TYPE_TEXTS[error.type];
  const withoutValue = WITHOUT_VALUE.has(error.type) || error.badValue === OMITTED;
  const withValue = withoutValue ? head : `${head}: ${showValue(error.badValue)}`;
  return error.detail === "" ? withValue : `${withValue}: ${error.detail}`;
}

/** `spec.replicas: Invalid value: -1: must be greater than or equal to 0` */
export function fieldErrorText(error: FieldError): string {
  return `${error.field}: ${fieldErrorBody(error)}`;
}

export function required(field: string, detail = ""): FieldError {
  return { type: "FieldValueRequired", field, badValue: "", detail };
}

export function invalidValue(field: string, badValue: unknown, detail: string): FieldError {
  return { type: "FieldValueInvalid", field, badValue, detail };
}

/** The supported values are shown sorted, as upstream's callers do that ask a set. */
export function notSupported(field: string, badValue: unknown, supported: readonly string[]): FieldError {
  return notSupportedInOrder(field, badValue, [...supported].sort());
}

/** For the callers that list the values themselves: they are shown as listed. */
export function notSupportedInOrder(field: string, badValue: unknown, supported: readonly string[]): FieldError {
  const shown = supported.map((value) => JSON.stringify(value)).join(", ");
  return { type: "FieldValueNotSupported", field, badValue, detail: shown === "" ? "" : `supported values: ${shown}` };
}

export function duplicate(field: string, badValue: unknown): FieldError {
  return { type: "FieldValueDuplicate", field, badValue, detail: "" };
}

export function forbiddenField(field: string, detail: string): FieldError {
  return { type: "FieldValueForbidden", field, badValue: "", detail };
}

export function tooLong(field: string, badValue: unknown, max: number): FieldError {
  return { type: "FieldValueTooLong", field, badValue, detail: `may not be more than ${max} bytes` };
}

export function tooMany(field: string, actual: number, max: number): FieldError {
  return { type: "FieldValueTooMany", field, badValue: actual, detail: `must have at most ${max} items` };
}

export function notFoundField(field: string, badValue: unknown): FieldError {
  return { type: "FieldValueNotFound", field, badValue, detail: "" };
}

/** 422: `Deployment.apps "web" is invalid: spec.replicas: Invalid value: …`; several errors stand in brackets. */
export function invalid(
  kind: { group: string; kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const qualifiedKind = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
  const texts = [...new Set(errors.map(fieldErrorText))];
  const text = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  return new StatusError(422, "Invalid", `${qualifiedKind} ${JSON.stringify(name)} is invalid: ${text}`, {
    ...(name !== "" && { name }),
    ...(kind.group !== "" && { group: kind.group }),
    kind: kind.kind,
    causes: errors.map((error) => ({ reason: error.type, message: fieldErrorBody(error), field: error.field })),
  });
}
