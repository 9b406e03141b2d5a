/** Lists that are sets or maps have no item twice. Upstream: apiextensions-apiserver pkg/apiserver/schema/listtype/validation.go. */
import { stableStringify, isObject } from "../../../base/json.ts";
import { duplicate, type FieldError } from "../../meta/field-error.ts";
import { additionalOf, child, itemsOf, LIST_MAP_KEYS, LIST_TYPE, propertyOf, type Schema } from "./schema-nodes.ts";

export function validateListTypes(value: unknown, schema: Schema, path = ""): FieldError[] {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    if (items === undefined) return [];
    return [
      ...duplicates(value, schema, path),
      ...value.flatMap((item, index) => validateListTypes(item, items, `${path}[${index}]`)),
    ];
  }
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const property = propertyOf(schema, key);
    if (property !== undefined) return validateListTypes(item, property, child(path, key));
    const additional = additionalOf(schema);
    return typeof additional === "object" ? validateListTypes(item, additional, `${path}[${key}]`) : [];
  });
}

function duplicates(list: readonly unknown[], schema: Schema, path: string): FieldError[] {
  const listType = schema[LIST_TYPE];
  if (listType !== "set" && listType !== "map") return [];
  const seen = new Set<string>();
  return list.flatMap((item, index) => {
    const identity = listType === "set" ? item : keysOf(item, schema);
    const text = stableStringify(identity);
    if (seen.has(text)) return [duplicate(`${path}[${index}]`, identity)];
    seen.add(text);
    return [];
  });
}

/** The part of an item that tells it from others. */
export function keysOf(item: unknown, schema: Schema): Record<string, unknown> {
  const keys = schema[LIST_MAP_KEYS] ?? [];
  return Object.fromEntries(
    keys.filter((key) => isObject(item) && key in item).map((key) => [key, (item as never)[key]]),
  );
}
