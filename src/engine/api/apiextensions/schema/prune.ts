/** Takes away what a schema doesn't name. Upstream: apiextensions-apiserver pkg/apiserver/schema/pruning/algorithm.go. */
import { isObject } from "../../../base/json.ts";
import { additionalOf, child, EMBEDDED, itemsOf, PRESERVES, propertyOf, type Schema } from "./schema-nodes.ts";

const META_FIELDS = new Set(["apiVersion", "kind", "metadata"]);

/** The value without unknown fields, the same one when there are none; `unknown` gets their paths, in the value's order. */
export function prune(value: unknown, schema: Schema, unknown: string[], isRoot = true): unknown {
  return pruneAt(value, { schema, path: "", isRoot }, unknown);
}

interface Place {
  /** Undefined: nothing is known here, all fields go. */
  schema: Schema | undefined;
  path: string;
  /** A whole object: its metadata is not the schema's matter. */
  isRoot: boolean;
}

function pruneAt(value: unknown, place: Place, unknown: string[]): unknown {
  if (Array.isArray(value)) return pruneList(value, place, unknown);
  return isObject(value) ? pruneObject(value, place, unknown) : value;
}

function pruneList(list: unknown[], { schema, path }: Place, unknown: string[]): unknown[] {
  const items = schema && itemsOf(schema);
  if (items === undefined && schema?.[PRESERVES] === true) return list;
  let result = list;
  for (const [index, item] of list.entries()) {
    const pruned = pruneAt(
      item,
      { schema: items, path: `${path}[${index}]`, isRoot: items?.[EMBEDDED] === true },
      unknown,
    );
    if (pruned === item) continue;
    if (result === list) result = [...list];
    result[index] = pruned;
  }
  return result;
}

function pruneObject(object: Record<string, unknown>, place: Place, unknown: string[]): Record<string, unknown> {
  const { schema, path, isRoot } = place;
  let result = object;
  for (const key of Object.keys(object)) {
    if (isRoot && META_FIELDS.has(key)) continue;
    const known = schema && schemaOfKey(schema, key);
    if (known === "anything") continue;
    const at = child(path, key);
    if (known === undefined) {
      unknown.push(at);
      if (result === object) result = { ...object };
      delete result[key];
      continue;
    }
    const inner = known === "nothing known" ? undefined : known;
    const pruned = pruneAt(object[key], { schema: inner, path: at, isRoot: inner?.[EMBEDDED] === true }, unknown);
    if (pruned === object[key]) continue;
    if (result === object) result = { ...object };
    result[key] = pruned;
  }
  return result;
}

function schemaOfKey(schema: Schema, key: string): Schema | "anything" | "nothing known" | undefined {
  const property = propertyOf(schema, key);
  if (property !== undefined) return property;
  if (schema[PRESERVES] === true) return "anything";
  const additional = additionalOf(schema);
  if (additional === undefined || additional === false) return undefined;
  return additional === true ? "nothing known" : additional;
}
