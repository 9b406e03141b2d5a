/** Status conditions of the common form. Upstream: ValidateConditions in apimachinery pkg/apis/meta/v1/validation. */
import type { Condition } from "../generated/types.ts";
import { duplicate, invalidValue, notSupported, required, tooLong, type FieldError } from "./field-error.ts";
import { validateLabelName } from "./validate-meta.ts";

const STATUSES = ["False", "True", "Unknown"];
const REASON = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?";
const REASON_PATTERN = new RegExp(`^${REASON}$`);
const REASON_DETAIL = `a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '${REASON}')`;
const MAX_REASON = 1024;
const MAX_MESSAGE = 32 * 1024;

export function validateConditions(conditions: readonly Condition[], field: string): FieldError[] {
  const errors: FieldError[] = [];
  const types = new Set<string>();
  for (const [index, condition] of conditions.entries()) {
    const path = `${field}[${index}]`;
    const { type = "" } = condition;
    if (types.has(type)) errors.push(duplicate(`${path}.type`, type));
    types.add(type);
    validateCondition(condition, path, errors);
  }
  return errors;
}

function validateCondition(condition: Condition, path: string, errors: FieldError[]): void {
  const { type = "", status = "", observedGeneration = 0, reason = "", message = "" } = condition;
  validateLabelName(type, `${path}.type`, errors);
  if (!STATUSES.includes(status)) errors.push(notSupported(`${path}.status`, status, STATUSES));
  if (observedGeneration < 0) {
    const detail = "must be greater than or equal to zero";
    errors.push(invalidValue(`${path}.observedGeneration`, observedGeneration, detail));
  }
  if (!condition.lastTransitionTime) errors.push(required(`${path}.lastTransitionTime`, "must be set"));
  if (reason === "") errors.push(required(`${path}.reason`, "must be set"));
  else {
    if (!REASON_PATTERN.test(reason)) errors.push(invalidValue(`${path}.reason`, reason, REASON_DETAIL));
    if (reason.length > MAX_REASON) errors.push(tooLong(`${path}.reason`, reason, MAX_REASON));
  }
  if (message.length > MAX_MESSAGE) errors.push(tooLong(`${path}.message`, message, MAX_MESSAGE));
}
