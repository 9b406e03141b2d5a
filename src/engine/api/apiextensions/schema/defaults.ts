/**
 * Fills what a schema has defaults for. Upstream: apiextensions-apiserver pkg/apiserver/schema/defaulting
 * (Default, PruneNonNullableNullsWithoutDefaults).
 */
import { isObject } from "../../../base/json.ts";
import { additionalOf, INT_OR_STRING, itemsOf, type Schema } from "./schema-nodes.ts";

const schemasWithWork = new WeakMap<Schema, boolean>();

/**
 * The value with its defaults, the same one when nothing was missing. A null where the schema allows none counts as
 * missing: it is replaced by the default or taken away.
 */
export function applyDefaults(value: unknown, schema: Schema): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return items === undefined ? value : shared(value, (item) => applyDefaults(item, items));
  }
  return isObject(value) ? defaultObject(value, schema) : value;
}

function defaultObject(object: Record<string, unknown>, schema: Schema): Record<string, unknown> {
  let result = object;
  const change = (key: string, next: unknown): void => {
    if (result === object) result = { ...object };
    if (next === undefined) delete result[key];
    else result[key] = next;
  };
  const { properties } = schema;
  for (const name in properties) {
    const property = properties[name] as Schema;
    const present = Object.hasOwn(object, name) ? object[name] : undefined;
    if (present === undefined || (present === null && property.nullable !== true)) {
      if (property.default !== undefined) change(name, applyDefaults(property.default, property));
      else if (present === null && isTyped(property)) change(name, undefined);
    } else if (typeof present === "object" && hasDefaults(property)) {
      const filled = applyDefaults(present, property);
      if (filled !== present) change(name, filled);
    }
  }
  const additional = additionalOf(schema);
  if (typeof additional === "object") {
    for (const key of Object.keys(object)) {
      if (properties !== undefined && Object.hasOwn(properties, key)) continue;
      const filled =
        object[key] === null && additional.nullable !== true && isTyped(additional)
          ? undefined
          : applyDefaults(object[key], additional);
      if (filled !== object[key]) change(key, filled);
    }
  }
  return result;
}

function isTyped(schema: Schema): boolean {
  return (schema.type ?? "") !== "" || schema[INT_OR_STRING] === true;
}

/** Whether there is anything to do below: most schemas have no defaults in most places, but nulls may be anywhere. */
function hasDefaults(schema: Schema): boolean {
  let known = schemasWithWork.get(schema);
  if (known === undefined) {
    known = schema.properties !== undefined || itemsOf(schema) !== undefined || additionalOf(schema) !== undefined;
    schemasWithWork.set(schema, known);
  }
  return known;
}

function shared(list: readonly unknown[], change: (item: unknown) => unknown): readonly unknown[] {
  const changed = list.map(change);
  return changed.some((item, index) => item !== list[index]) ? changed : list;
}
