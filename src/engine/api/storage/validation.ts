/** What the classes of storage have in common. Upstream: pkg/apis/storage/validation/validation.go. */
import { invalidValue, required, tooLong, type FieldError } from "../meta/field-error.ts";
import { isQualifiedName } from "../meta/names.ts";

const MAX_PARAMETERS = 512;
export const MAX_TEXT_SIZE = 256 * 1024;

/** A provisioner or a driver. */
export function validateProvisioner(name: string, field: string, errors: FieldError[]): void {
  if (name === "") errors.push(required(field));
  else
    for (const text of isQualifiedName(name.toLowerCase())) errors.push(invalidValue(field, name.toLowerCase(), text));
}

export function validateParameters(parameters: Readonly<Record<string, string>>, errors: FieldError[]): void {
  const entries = Object.entries(parameters);
  if (entries.length > MAX_PARAMETERS) {
    errors.push(tooLong("parameters", "", MAX_PARAMETERS));
    return;
  }
  for (const [key] of entries) if (key === "") errors.push(invalidValue("parameters", key, "field can not be empty."));
  if (textSize(parameters) > MAX_TEXT_SIZE) errors.push(tooLong("parameters", "", MAX_TEXT_SIZE));
}

export function textSize(map: Readonly<Record<string, string>>): number {
  return Object.entries(map).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
}
