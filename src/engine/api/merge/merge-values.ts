/**
 * An applied configuration over a live value, and a value without some of its fields.
 * Upstream: structured-merge-diff typed/{merge.go,remove.go}.
 */
import { isObject } from "../../base/json.ts";
import { childType } from "./field-differences.ts";
import { isMember, MEMBER, type FieldSet } from "./field-set.ts";
import { elementOf, itemsByElement } from "./list-items.ts";
import type { ListType, MapType, MergeType, StructType } from "./merge-type.ts";

/** `applied` over `live`: what it says stands, what it leaves out stays. */
export function mergeValues(type: MergeType, live: unknown, applied: unknown): unknown {
  if (applied === undefined || applied === live) return live;
  if (live === undefined || type.kind === "leaf") return applied;
  if (type.kind === "list") {
    return Array.isArray(live) && Array.isArray(applied) ? mergeLists(type, live, applied) : applied;
  }
  if (!isObject(live) || !isObject(applied)) return applied;
  const merged = { ...live };
  for (const key in applied) merged[key] = mergeValues(childType(type, key), live[key], applied[key]);
  return merged;
}

/**
 * Items of both lists, those of `applied` in its order. An item that only `live` has stays in front of the shared item
 * that follows it there.
 */
function mergeLists(type: ListType, live: readonly unknown[], applied: readonly unknown[]): unknown[] {
  const liveElements = live.map((item) => elementOf(type, item));
  const appliedElements = applied.map((item) => elementOf(type, item));
  const liveItems = itemsByElement(type, live);
  const wanted = new Set(appliedElements);
  const shared = appliedElements.filter((element) => liveItems.has(element));
  const done = new Set<string>();
  const merged: unknown[] = [];
  const take = (at: number): void => {
    const element = appliedElements[at] as string;
    const known = liveItems.get(element);
    done.add(element);
    merged.push(mergeValues(type.item, known?.length === 1 ? known[0] : undefined, applied[at]));
  };
  let next = shared.shift();
  for (let left = 0, right = 0; left < live.length || right < applied.length;) {
    const element = liveElements[left];
    if (element !== undefined && right < applied.length) {
      if (element === appliedElements[right]) {
        take(right++);
        left++;
        next = shared.shift();
        continue;
      }
      // Shared, but not the one whose turn it is: it comes where `applied` has it.
      if (wanted.has(element) && next !== undefined && next !== element) {
        left++;
        continue;
      }
    }
    if (element !== undefined) {
      if (!wanted.has(element)) {
        merged.push(live[left++]);
        continue;
      }
      if (done.has(element)) left++;
    }
    if (right < applied.length) {
      const taken = appliedElements[right] as string;
      take(right++);
      if (next === taken) next = shared.shift();
    }
  }
  return merged;
}

/** The value without the fields and items whose paths are in `set`; undefined when nothing is left of it. */
export function removeFields(type: MergeType, value: unknown, set: FieldSet): unknown {
  if (type.kind === "leaf") return value;
  if (type.kind === "list") return Array.isArray(value) ? removeItems(type, value, set) : value;
  return isObject(value) ? removeKeys(type, value, set) : value;
}

function removeKeys(type: StructType | MapType, value: Record<string, unknown>, set: FieldSet): unknown {
  const kept: Record<string, unknown> = {};
  let any = false;
  for (const key in value) {
    const below = set[`f:${key}`];
    if (below !== undefined && isMember(below)) continue;
    const item = below === undefined ? value[key] : removeFields(childType(type, key), value[key], below);
    if (item === undefined) continue;
    kept[key] = item;
    any = true;
  }
  return any ? kept : undefined;
}

function removeItems(type: ListType, list: readonly unknown[], set: FieldSet): unknown {
  const kept: unknown[] = [];
  for (const item of list) {
    const below = set[elementOf(type, item)];
    if (below !== undefined && isMember(below)) continue;
    const left = below === undefined ? item : removeFields(type.item, item, below);
    if (left !== undefined) kept.push(left);
  }
  return kept.length > 0 ? kept : undefined;
}

/** The set with each structure's field that something lies below of: a structure goes when all that was said of it goes. */
export function withNamedFields(type: MergeType, set: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const element in set) {
    if (element === MEMBER) {
      result[element] = set[element] as FieldSet;
      continue;
    }
    const below = set[element] as FieldSet;
    const child = childOf(type, element);
    const full = withNamedFields(child, below);
    const named = type.kind === "struct" && type.field(element.slice(2)) !== undefined;
    result[element] = named && !isMember(below) ? { [MEMBER]: {}, ...full } : full;
  }
  return result;
}

function childOf(type: MergeType, element: string): MergeType {
  if (type.kind === "list") return type.item;
  if (type.kind === "leaf") return type;
  return childType(type, element.slice(2));
}
