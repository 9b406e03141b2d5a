/**
 * Defaults must be values that the schema allows and names. Upstream: apiextensions-apiserver
 * pkg/apiserver/schema/defaulting/validation.go.
 * Simplified: rules (CEL) are not asked about defaults.
 */
import { invalidValue, type FieldError } from "../../meta/field-error.ts";
import { applyDefaults } from "./defaults.ts";
import { prune } from "./prune.ts";
import { additionalOf, EMBEDDED, itemsOf, type Schema } from "./schema-nodes.ts";
import { validateValue } from "./validate-value.ts";

export function validateDefaults(schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.default !== undefined) {
    const unknown: string[] = [];
    prune(schema.default, schema, unknown, schema[EMBEDDED] === true);
    const at = `${path}.default`;
    if (unknown.length > 0) errors.push(invalidValue(at, schema.default, "must not have unknown fields"));
    errors.push(...validateValue(applyDefaults(schema.default, schema), schema, "").map((error) => under(at, error)));
  }
  const items = itemsOf(schema);
  const additional = additionalOf(schema);
  if (items !== undefined) errors.push(...validateDefaults(items, `${path}.items`));
  if (typeof additional === "object") errors.push(...validateDefaults(additional, `${path}.additionalProperties`));
  for (const name in schema.properties) {
    errors.push(...validateDefaults(schema.properties[name] as Schema, `${path}.properties[${name}]`));
  }
  return errors;
}

/** The validator knows of the default alone: its root is the default's path. */
function under(path: string, error: FieldError): FieldError {
  const field = error.field === "<nil>" || error.field === "" ? path : `${path}.${error.field}`;
  return { ...error, field, detail: error.detail.replace(/^ in body/, `${path} in body`) };
}
