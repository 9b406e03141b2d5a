/** Fields that are a count or a share. Upstream: ValidatePositiveIntOrPercent and its kin in pkg/apis/apps/validation. */
import type { IntOrString } from "../generated/types.ts";
import { invalidValue, type FieldError } from "./field-error.ts";
import { percentOf } from "./int-or-string.ts";
import { isValidPercent } from "./names.ts";
import { validateNonnegative } from "./validate-meta.ts";

/** Not negative, or `n%`. */
export function validatePositiveIntOrPercent(value: IntOrString, field: string, errors: FieldError[]): void {
  if (typeof value === "number") validateNonnegative(value, field, errors);
  else for (const text of isValidPercent(value)) errors.push(invalidValue(field, value, text));
}

export function validateNotMoreThan100Percent(value: IntOrString, field: string, errors: FieldError[]): void {
  if ((typeof value === "string" ? (percentOf(value) ?? 0) : 0) > 100) {
    errors.push(invalidValue(field, value, "must not be greater than 100%"));
  }
}

/** 5 of `5` and of `5%`; 0 of what is neither. */
export function intOrPercentValue(value: IntOrString): number {
  return typeof value === "number" ? value : (percentOf(value) ?? 0);
}
