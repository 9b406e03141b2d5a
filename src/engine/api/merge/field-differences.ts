/**
 * Which fields a value has, and which ones differ between two of its versions.
 * Upstream: structured-merge-diff typed/{compare.go,tofieldset.go}.
 */
import { deepEqual, isObject } from "../../base/json.ts";
import { LEAF, MEMBER, type FieldSet } from "./field-set.ts";
import { elementOf, itemsByElement } from "./list-items.ts";
import type { ListType, MapType, MergeType, StructType } from "./merge-type.ts";

type Draft = Record<string, FieldSet>;

/** `added`: paths that only the newer version has. `changed`: also those of leaves whose value is another. */
export type Counting = "added" | "changed";

/** undefined: none. */
export function differences(type: MergeType, from: unknown, to: unknown, counting: Counting): FieldSet | undefined {
  if (from === to || to === undefined) return undefined;
  if (from === undefined) return everything(type, to);
  if (type.kind === "leaf") return counting === "changed" && !deepEqual(from, to) ? LEAF : undefined;
  if (type.kind === "list") {
    return Array.isArray(from) && Array.isArray(to) ? ofLists(type, from, to, counting) : undefined;
  }
  return isObject(from) && isObject(to) ? ofObjects(type, from, to, counting) : undefined;
}

function ofObjects(
  type: StructType | MapType,
  from: Record<string, unknown>,
  to: Record<string, unknown>,
  counting: Counting,
): FieldSet | undefined {
  let found: Draft | undefined;
  for (const key in to) {
    if (from[key] === to[key]) continue;
    const below = differences(childType(type, key), from[key], to[key], counting);
    if (below !== undefined) (found ??= {})[`f:${key}`] = below;
  }
  return found;
}

function ofLists(
  type: ListType,
  from: readonly unknown[],
  to: readonly unknown[],
  counting: Counting,
): FieldSet | undefined {
  const before = itemsByElement(type, from);
  let found: Draft | undefined;
  for (const [element, items] of itemsByElement(type, to)) {
    const old = before.get(element);
    // Duplicates are compared as one leaf.
    const below =
      old === undefined || (old.length === 1 && items.length === 1)
        ? differences(type.item, old?.[0], items[0], counting)
        : counting === "changed" && !deepEqual(old, items)
          ? LEAF
          : undefined;
    if (below !== undefined) (found ??= {})[element] = below;
  }
  return found;
}

export function childType(type: StructType | MapType, key: string): MergeType {
  if (type.kind === "map") return type.item;
  return type.field(key) ?? UNKNOWN;
}

const UNKNOWN: MergeType = { kind: "leaf", json: undefined };

/** All paths of a value that is new, its own among them. Templates are shared: what was found of one is kept. */
export function everything(type: MergeType, value: unknown): FieldSet {
  if (type.kind === "leaf" || typeof value !== "object" || value === null) return LEAF;
  if (type.kind !== "struct") return collectEverything(type, value);
  let known = founds.get(type);
  if (known === undefined) founds.set(type, (known = new WeakMap()));
  let found = known.get(value);
  if (found === undefined) known.set(value, (found = collectEverything(type, value)));
  return found;
}

const founds = new WeakMap<StructType, WeakMap<object, FieldSet>>();

function collectEverything(type: StructType | MapType | ListType, value: object): FieldSet {
  const found: Draft = {};
  let any = false;
  if (type.kind === "list") {
    for (const item of value as readonly unknown[]) {
      found[elementOf(type, item)] = everything(type.item, item);
      any = true;
    }
  } else {
    for (const key in value) {
      const item = (value as Record<string, unknown>)[key];
      if (item === undefined) continue;
      found[`f:${key}`] = everything(childType(type, key), item);
      any = true;
    }
  }
  return any ? { [MEMBER]: LEAF, ...found } : LEAF;
}

/**
 * The fields that an applied configuration speaks of: its leaves, its lists' items and its maps' keys, but no structures
 * and lists for their own sake.
 */
export function declaredFields(type: MergeType, value: unknown): FieldSet | undefined {
  if (type.kind === "leaf") return LEAF;
  const found: Draft = {};
  let any = false;
  const add = (element: string, below: FieldSet | undefined, member: boolean): void => {
    const node =
      below === undefined
        ? member
          ? LEAF
          : undefined
        : member && below !== LEAF
          ? { [MEMBER]: LEAF, ...below }
          : below;
    if (node === undefined) return;
    found[element] = node;
    any = true;
  };
  if (type.kind === "list") {
    for (const item of Array.isArray(value) ? (value as unknown[]) : []) {
      add(elementOf(type, item), declaredFields(type.item, item), true);
    }
  } else if (isObject(value)) {
    for (const key in value) {
      const item = value[key];
      if (item === undefined) continue;
      const empty = item === null || (isObject(item) && Object.keys(item).length === 0);
      add(`f:${key}`, item === null ? LEAF : declaredFields(childType(type, key), item), empty || type.kind === "map");
    }
  }
  return any ? found : undefined;
}
