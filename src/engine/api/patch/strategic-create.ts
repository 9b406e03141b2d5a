/**
 * Strategic merge patch: creating one from two or three versions of an object, as `kubectl apply` does.
 * Upstream: apimachinery pkg/util/strategicpatch/patch.go (CreateTwoWayMergePatch, CreateThreeWayMergePatch).
 */
import { deepEqual, type Json, type JsonObject } from "../../base/json.ts";
import { PatchError, type PatchField, type PatchType } from "./patch-schema.ts";
import {
  DELETE_PREFIX,
  DIRECTIVE,
  elementType,
  goText,
  isJsonObject,
  mergeValue,
  ORDER_PREFIX,
  RETAIN_KEYS,
  sortByOrder,
  typeOf,
} from "./patch-values.ts";
import { hasConflicts } from "./strategic-conflicts.ts";
import { mergeObjects } from "./strategic-apply.ts";

interface DiffOptions {
  /** Leave out what was added or changed. */
  deletionsOnly: boolean;
  /** Leave out what was deleted. */
  withoutDeletions: boolean;
  /** Make `$setElementOrder` lists. */
  elementOrder: boolean;
  /** Make a `$retainKeys` list on this level. */
  retainKeys: boolean;
}

const TWO_WAY: DiffOptions = { deletionsOnly: false, withoutDeletions: false, elementOrder: true, retainKeys: false };

/** The patch that makes `modified` of `original`. Throws a `PatchError`. */
export function createTwoWayPatch(original: JsonObject, modified: JsonObject, type: PatchType): JsonObject {
  return diffObjects(original, modified, type, TWO_WAY);
}

/**
 * What `modified` asks of `current`, and what it no longer asks that `original` (the last applied) did. Throws a
 * `PatchError`, with `overwrite: false` also when `current` was changed by others where the patch changes it.
 */
export function createThreeWayPatch(
  versions: { original: JsonObject; modified: JsonObject; current: JsonObject },
  type: PatchType,
  options: { overwrite?: boolean } = {},
): JsonObject {
  const { original, modified, current } = versions;
  const additions = diffObjects(current, modified, type, { ...TWO_WAY, withoutDeletions: true });
  const deletions = diffObjects(original, modified, type, { ...TWO_WAY, deletionsOnly: true });
  const patch = mergeObjects(deletions, additions, type, "combine");
  if (options.overwrite === false) {
    const changed = diffObjects(original, current, type, { ...TWO_WAY, elementOrder: false });
    if (hasConflicts(patch, changed, type)) {
      throw new PatchError(
        `patch:\n${goText(patch)}\nconflicts with changes made from original to current:\n${goText(changed)}\n`,
      );
    }
  }
  return patch;
}

function diffObjects(original: JsonObject, modified: JsonObject, type: PatchType, options: DiffOptions): JsonObject {
  const patch: JsonObject = {};
  const retained: string[] = [];
  for (const [key, value] of Object.entries(modified)) {
    if (options.retainKeys && value !== null) retained.push(key);
    const old = original[key];
    if (old === undefined) {
      if (!options.deletionsOnly) patch[key] = value;
    } else if (key === DIRECTIVE) {
      if (typeof old !== "string" || typeof value !== "string") {
        throw new PatchError(`invalid value for special key: ${DIRECTIVE}`);
      }
      if (old !== value) patch[key] = value;
    } else if (typeOf(old) !== typeOf(value)) {
      if (!options.deletionsOnly) patch[key] = value;
    } else if (isJsonObject(old) && isJsonObject(value)) {
      if (old !== value) diffObjectField(patch, key, [old, value], { type, options });
    } else if (Array.isArray(old) && Array.isArray(value)) {
      if (old !== value) diffListField(patch, key, [old, value], { type, options });
    } else if (!options.deletionsOnly && old !== value) {
      patch[key] = value;
    }
  }
  if (!options.withoutDeletions) {
    for (const key of Object.keys(original)) if (!(key in modified)) patch[key] = null;
  }
  const dropped = Object.keys(original).some((key) => original[key] !== null && !(key in modified));
  if (retained.length > 0 && (Object.keys(patch).length > 0 || dropped)) patch[RETAIN_KEYS] = retained.sort();
  return patch;
}

interface FieldContext {
  type: PatchType;
  options: DiffOptions;
}

/** The field's facts; undefined when the field is unknown but its values are the same, so that it doesn't matter. */
function lookUp(type: PatchType, key: string, values: readonly [Json, Json]): PatchField | undefined {
  try {
    return type.field(key);
  } catch (error) {
    if (error instanceof PatchError && deepEqual(values[0], values[1])) return undefined;
    throw error;
  }
}

function diffObjectField(
  patch: JsonObject,
  key: string,
  values: [JsonObject, JsonObject],
  { type, options }: FieldContext,
): void {
  const field = lookUp(type, key, values);
  if (field === undefined) return;
  const [original, modified] = values;
  if (field.replaces) {
    if (!options.deletionsOnly) patch[key] = modified;
    return;
  }
  const diff = diffObjects(original, modified, field.type, { ...options, retainKeys: field.retainsKeys });
  if (Object.keys(diff).length > 0) patch[key] = diff;
}

function diffListField(
  patch: JsonObject,
  key: string,
  values: [Json[], Json[]],
  { type, options }: FieldContext,
): void {
  const field = lookUp(type, key, values);
  if (field === undefined) return;
  const [original, modified] = values;
  if (!field.merges) {
    if (!options.deletionsOnly && !deepEqual(original, modified)) patch[key] = modified;
    return;
  }
  if (original.length === 0) {
    if (modified.length > 0 && !options.deletionsOnly) patch[key] = modified;
    return;
  }
  const { changes, deletions, order } =
    elementType(original, modified) === "object"
      ? diffObjectLists(original, modified, field, { ...options, retainKeys: field.retainsKeys })
      : diffScalarLists(original, modified, options);
  if (changes.length > 0) patch[key] = changes;
  if (deletions.length > 0) patch[`${DELETE_PREFIX}/${key}`] = deletions;
  if (order.length > 0) patch[`${ORDER_PREFIX}/${key}`] = order;
}

interface ListDiff {
  changes: Json[];
  /** Scalars to delete; deletions of objects are among the changes. */
  deletions: Json[];
  order: Json[];
}

function diffScalarLists(original: Json[], modified: Json[], options: DiffOptions): ListDiff {
  const before = countTexts(original);
  const after = countTexts(modified);
  const added = options.deletionsOnly ? [] : surplus(modified, before);
  const removed = options.withoutDeletions ? [] : [...new Set(surplus(original, after))];
  const changed = !options.deletionsOnly && !deepEqual(original, modified);
  return {
    changes: sortByOrder(added.sort(byText), modified, ""),
    deletions: removed.sort(byText),
    order: options.elementOrder && (removed.length > 0 || changed) ? modified : [],
  };
}

function byText(a: Json, b: Json): number {
  const left = goText(a);
  const right = goText(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

function countTexts(list: readonly Json[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of list) counts.set(goText(item), (counts.get(goText(item)) ?? 0) + 1);
  return counts;
}

/** What `list` has more of than the other list had. */
function surplus(list: readonly Json[], other: ReadonlyMap<string, number>): Json[] {
  const left = new Map(other);
  return list.filter((item) => {
    const count = left.get(goText(item)) ?? 0;
    if (count > 0) left.set(goText(item), count - 1);
    return count === 0;
  });
}

function diffObjectLists(original: Json[], modified: Json[], field: PatchField, options: DiffOptions): ListDiff {
  const { mergeKey } = field;
  // A merge key should occur once; if it doesn't, the first is compared with the first, the second with the second.
  const before = new Map<string, Json[]>();
  for (const item of original) {
    const text = goText(mergeValue(item, mergeKey));
    const same = before.get(text);
    if (same === undefined) before.set(text, [item]);
    else same.push(item);
  }
  const changes: Json[] = [];
  for (const item of modified as JsonObject[]) {
    const value = mergeValue(item, mergeKey);
    const old = before.get(goText(value))?.shift() as JsonObject | undefined;
    if (old === undefined) {
      if (!options.deletionsOnly) changes.push(item);
      continue;
    }
    const diff = diffObjects(old, item, field.type, options);
    if (Object.keys(diff).length > 0) changes.push({ ...diff, [mergeKey]: value });
  }
  const sameOrder =
    original.length === modified.length &&
    modified.every((item, at) => mergeValue(item, mergeKey) === mergeValue(original[at] as Json, mergeKey));
  if (!options.withoutDeletions) {
    const gone = [...before.values()].flat();
    gone.sort((a, b) => byText(mergeValue(a, mergeKey), mergeValue(b, mergeKey)));
    for (const item of gone) changes.push({ [mergeKey]: mergeValue(item, mergeKey), [DIRECTIVE]: "delete" });
  }
  const changed = changes.length > 0;
  const wantsOrder =
    options.elementOrder &&
    ((!options.deletionsOnly && (changed || !sameOrder)) || (!options.withoutDeletions && changed));
  const order = wantsOrder ? modified.map((item): Json => ({ [mergeKey]: mergeValue(item, mergeKey) })) : [];
  return { changes, deletions: [], order };
}
