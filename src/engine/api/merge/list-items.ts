/** The items of a list by the path elements that they are known by. Upstream: structured-merge-diff typed/helpers.go. */
import { isObject } from "../../base/json.ts";
import { KEY_DEFAULTS, type ListType } from "./merge-type.ts";

/** `k:{"name":"web"}`, `v:"x"`. */
export function elementOf(type: ListType, item: unknown): string {
  if (type.keys.length === 0) return `v:${JSON.stringify(item)}`;
  const known: Record<string, unknown> = {};
  const fields = isObject(item) ? item : {};
  for (const key of sortedKeys(type)) {
    const value = fields[key] ?? KEY_DEFAULTS[key];
    if (value !== undefined) known[key] = value;
  }
  return `k:${JSON.stringify(known)}`;
}

const sortedKeyLists = new WeakMap<ListType, readonly string[]>();

function sortedKeys(type: ListType): readonly string[] {
  let keys = sortedKeyLists.get(type);
  if (keys === undefined) sortedKeyLists.set(type, (keys = [...type.keys].sort()));
  return keys;
}

/** Each element's items, in the list's order; more than one where a list has duplicates. */
export function itemsByElement(type: ListType, list: readonly unknown[]): Map<string, unknown[]> {
  const items = new Map<string, unknown[]>();
  for (const item of list) {
    const element = elementOf(type, item);
    const known = items.get(element);
    if (known === undefined) items.set(element, [item]);
    else known.push(item);
  }
  return items;
}
