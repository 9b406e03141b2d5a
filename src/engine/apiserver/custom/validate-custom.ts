/**
 * A custom object against its schema and rules. Upstream: apiextensions-apiserver pkg/registry/customresource
 * (strategy.go, validator.go).
 */
import { validateListTypes } from "../../api/apiextensions/schema/list-types.ts";
import type { Schema } from "../../api/apiextensions/schema/schema-nodes.ts";
import { validateValue } from "../../api/apiextensions/schema/validate-value.ts";
import { invalidValue, type FieldError } from "../../api/meta/field-error.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { deepEqual, isObject } from "../../base/json.ts";
import { evaluateRules } from "./rule-evaluation.ts";

/** Complaints that leave no sense in asking rules. */
const BLOCKING = new Set<FieldError["type"]>([
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);
const NOT_CHECKED =
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";

/** `old` of an update: what it leaves as it was isn't complained about. */
export function validateCustom(schema: Schema, object: KubeObject, old: KubeObject | undefined): FieldError[] {
  const found = [...validateValue(object, schema), ...validateListTypes(object, schema)];
  const errors = old === undefined ? found : found.filter((error) => isNew(error, object, old));
  if (errors.some(({ type }) => BLOCKING.has(type))) {
    return [...errors, invalidValue("<nil>", "null", NOT_CHECKED)];
  }
  return [...errors, ...evaluateRules(schema, object, old)];
}

/** What is missing is its parent's fault. */
function isNew({ field, type }: FieldError, object: KubeObject, old: KubeObject): boolean {
  if (field === "<nil>") return true;
  const path = field.match(/[^.[\]]+/g) ?? [];
  const at = type === "FieldValueRequired" ? path.slice(0, -1) : path;
  return at.length === 0 || !deepEqual(lookUp(object, at), lookUp(old, at));
}

function lookUp(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const name of path) {
    if (!isObject(current) && !Array.isArray(current)) return undefined;
    current = (current as Record<string, unknown>)[name];
  }
  return current;
}
