/**
 * Whether two changes in a row mark the same fields as the one change from the first state to the last. A value that comes
 * back to what it was is marked by the two and not by the one; where it takes long to tell, the answer is no.
 */
import { deepEqual, isObject } from "../../base/json.ts";
import { childType } from "./field-differences.ts";
import { KEY_DEFAULTS } from "./merge-type.ts";
import type { ListType, MapType, MergeType, StructType } from "./merge-type.ts";

/**
 * `detour`: the two may mark something else than the one. `onward`: the same, and the second marks a field that is there
 * afterwards. `nothing`: the same, and of the second that is not known.
 */
export type Steps = "detour" | "onward" | "nothing";

export function steps(type: MergeType, first: unknown, middle: unknown, last: unknown): Steps {
  if (middle === last || last === undefined) return "nothing";
  if (type.kind === "leaf") return ofLeaf(first, middle, last);
  if (first === middle) return "nothing";
  if (middle === undefined) return first === undefined ? "onward" : "detour";
  if (type.kind === "list") {
    if (!Array.isArray(middle) || !Array.isArray(last) || (first !== undefined && !Array.isArray(first)))
      return "detour";
    return ofLists(type, (first as readonly unknown[] | undefined) ?? [], middle, last);
  }
  if (!isObject(middle) || !isObject(last) || (first !== undefined && !isObject(first))) return "detour";
  return ofObjects(type, (first as Fields | undefined) ?? {}, middle, last);
}

type Fields = Readonly<Record<string, unknown>>;

function ofLeaf(first: unknown, middle: unknown, last: unknown): Steps {
  if (middle !== undefined && deepEqual(middle, last)) return "nothing";
  return first !== undefined && deepEqual(first, last) ? "detour" : "onward";
}

function ofObjects(type: StructType | MapType, first: Fields, middle: Fields, last: Fields): Steps {
  // What is empty is marked for its own sake.
  if (isEmpty(middle) || isEmpty(last)) return "detour";
  let found: Steps = "nothing";
  for (const key in last) {
    if (last[key] === middle[key]) continue;
    const below = steps(childType(type, key), first[key], middle[key], last[key]);
    if (below === "detour") return below;
    if (below === "onward") found = below;
  }
  return found;
}

function isEmpty(fields: Fields): boolean {
  for (const key in fields) if (fields[key] !== undefined) return false;
  return true;
}

/** Only lists whose items stay where they are. */
function ofLists(
  type: ListType,
  first: readonly unknown[],
  middle: readonly unknown[],
  last: readonly unknown[],
): Steps {
  if (type.keys.length === 0 || middle.length !== last.length || last.length === 0) return "detour";
  let found: Steps = "nothing";
  for (let at = 0; at < last.length; at++) {
    const item = last[at];
    if (item === middle[at]) continue;
    if (!isSameItem(type, item, middle[at])) return "detour";
    for (let other = 0; other < last.length; other++) {
      if (other !== at && isSameItem(type, item, last[other])) return "detour";
    }
    let before: unknown;
    for (const candidate of first) {
      if (!isSameItem(type, item, candidate)) continue;
      if (before !== undefined) return "detour";
      before = candidate;
    }
    const below = steps(type.item, before, middle[at], item);
    if (below === "detour") return below;
    if (below === "onward") found = below;
  }
  return found;
}

function isSameItem({ keys }: ListType, a: unknown, b: unknown): boolean {
  if (!isObject(a) || !isObject(b)) return false;
  return keys.every((key) => (a[key] ?? KEY_DEFAULTS[key]) === (b[key] ?? KEY_DEFAULTS[key]));
}
