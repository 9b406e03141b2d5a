import { duplicate, required, type FieldError } from "../meta/field-error.ts";

/** Each type at most once, and none without. Upstream: ValidateFlowSchemaStatus in pkg/apis/flowcontrol/validation. */
export function validateFlowConditions(conditions: readonly { type?: string | undefined }[] | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, { type = "" }] of (conditions ?? []).entries()) {
    const field = `status.conditions[${index}].type`;
    if (seen.has(type)) errors.push(duplicate(field, type));
    seen.add(type);
    if (type === "") errors.push(required(field, "must not be empty"));
  }
  return errors;
}
