/** What creating and applying strategic merge patches share: directives, and looking into lists. */
import { isObject, type Json, type JsonObject } from "../../base/json.ts";
import { PatchError } from "./patch-schema.ts";

export const DIRECTIVE = "$patch";
export const RETAIN_KEYS = "$retainKeys";
export const DELETE_PREFIX = "$deleteFromPrimitiveList";
export const ORDER_PREFIX = "$setElementOrder";

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return isObject(value);
}

export type JsonType = "object" | "array" | "string" | "number" | "boolean" | "null";

export function typeOf(value: Json): JsonType {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value as JsonType;
}

/** Go's `%v` of a value. */
export function goText(value: Json | undefined): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (typeof value !== "object") return String(value);
  const parts = Object.keys(value)
    .sort()
    .map((key) => `${key}:${goText(value[key])}`);
  return `map[${parts.join(" ")}]`;
}

/** The type that all elements of the lists have. Throws when they differ, or are lists. Undefined without elements. */
export function elementType(...lists: readonly (readonly Json[])[]): JsonType | undefined {
  let type: JsonType | undefined;
  for (const list of lists) {
    for (const item of list) {
      const current = typeOf(item);
      if (type !== undefined && type !== current) {
        throw new PatchError(`list element types are not identical: ${goText(lists.map((l) => [...l]))}`);
      }
      if (current === "array") throw new PatchError("lists of lists are not supported", "unprocessable");
      type = current;
    }
  }
  return type;
}

/** The merge key's value of a list element. Throws when it has none. */
export function mergeValue(item: Json, mergeKey: string): Json {
  if (!isJsonObject(item)) {
    throw new PatchError(`expected a map[string]interface {}, but received a ${typeOf(item)}`);
  }
  if (!(mergeKey in item)) {
    throw new PatchError(`map: ${goText(item)} does not contain declared merge key: ${mergeKey}`);
  }
  return item[mergeKey] as Json;
}

/** What identifies an element: the merge key's value, or the element itself in a list of scalars. */
export function identity(item: Json, mergeKey: string): Json {
  return mergeKey === "" ? item : isJsonObject(item) ? (item[mergeKey] ?? null) : null;
}

/** Sorts by the place of each element's identity in `order`; those that aren't there keep to the end. Stable. */
export function sortByOrder(list: readonly Json[], order: readonly Json[], mergeKey: string): Json[] {
  const places = new Map<Json, number>();
  for (const [at, item] of order.entries()) {
    const id = identity(item, mergeKey);
    if (!places.has(id)) places.set(id, at);
  }
  const place = (item: Json): number => places.get(identity(item, mergeKey)) ?? Number.MAX_SAFE_INTEGER;
  return [...list].sort((a, b) => place(a) - place(b));
}

export function isDeletion(item: Json): boolean {
  return isJsonObject(item) && item[DIRECTIVE] === "delete";
}
