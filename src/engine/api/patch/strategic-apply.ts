/**
 * Strategic merge patch: applying. Upstream: apimachinery pkg/util/strategicpatch/patch.go (StrategicMergeMapPatch).
 *
 * Nothing is changed in place: the result shares with the original what the patch leaves alone.
 */
import { deepEqual, type Json, type JsonObject } from "../../base/json.ts";
import { PatchError, type PatchField, type PatchType } from "./patch-schema.ts";
import {
  DELETE_PREFIX,
  DIRECTIVE,
  elementType,
  goText,
  identity,
  isDeletion,
  isJsonObject,
  mergeValue,
  ORDER_PREFIX,
  RETAIN_KEYS,
  sortByOrder,
  typeOf,
} from "./patch-values.ts";

/**
 * apply: a patch is applied to an object; directives act and are gone, a null deletes.
 * combine: a patch is laid over another patch (three-way); directives and nulls stay for the server.
 */
export type MergeMode = "apply" | "combine";

/** `original` with `patch` applied. Throws a `PatchError`. */
export function applyStrategicPatch(original: JsonObject, patch: JsonObject, type: PatchType): JsonObject {
  return mergeObjects(original, patch, type, "apply");
}

export function mergeObjects(original: JsonObject, patch: JsonObject, type: PatchType, mode: MergeMode): JsonObject {
  const directive = patch[DIRECTIVE];
  if (directive !== undefined) return obeyDirective(directive, patch);
  const result: JsonObject = { ...original };
  const rest: JsonObject = { ...patch };
  obeyRetainKeys(result, rest, mode);
  for (const key of Object.keys(rest)) {
    if (key.startsWith(ORDER_PREFIX)) obeyElementOrder(key, result, rest, { type, mode });
  }
  for (const [key, value] of Object.entries(rest)) mergeKeyInto(result, key, value, { type, mode });
  return shared(original, result);
}

interface Context {
  type: PatchType;
  mode: MergeMode;
}

/** `result`, or `original` when they have the same values. */
function shared(original: JsonObject, result: JsonObject): JsonObject {
  const keys = Object.keys(result);
  if (keys.length !== Object.keys(original).length) return result;
  return keys.every((key) => result[key] === original[key] && key in original) ? original : result;
}

function obeyDirective(directive: Json, patch: JsonObject): JsonObject {
  if (directive === "delete") return {};
  if (directive !== "replace") {
    throw new PatchError(`unknown patch type: ${goText(directive)} in map: ${goText(patch)}`);
  }
  const { [DIRECTIVE]: _, ...replacement } = patch;
  return replacement;
}

function obeyRetainKeys(result: JsonObject, rest: JsonObject, mode: MergeMode): void {
  const list = rest[RETAIN_KEYS];
  if (list === undefined) return;
  delete rest[RETAIN_KEYS];
  if (mode === "combine") {
    const other = result[RETAIN_KEYS];
    if (other === undefined) result[RETAIN_KEYS] = list;
    else if (!deepEqual(other, list)) {
      const why = "this may happen when calculating the 3-way diff patch";
      throw new PatchError(`${goText(other)} and ${goText(list)} are not deep equal: ${why}`);
    }
    return;
  }
  if (!Array.isArray(list)) throw new PatchError("invalid patch format of retainKeys", "format");
  const retained = new Set(list);
  for (const [key, value] of Object.entries(rest)) {
    if (value === null || key.startsWith(DELETE_PREFIX) || key.startsWith(ORDER_PREFIX)) continue;
    if (!retained.has(key)) throw new PatchError("invalid patch format of retainKeys", "format");
  }
  for (const key of Object.keys(result)) if (!retained.has(key)) delete result[key];
}

function listAt(object: JsonObject, key: string): Json[] | undefined {
  const value = object[key];
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw new PatchError(`expected a []interface {}, but received a ${typeOf(value)}`);
  return value;
}

function trimPrefix(key: string, prefix: string): string {
  if (key.startsWith(`${prefix}/`)) return key.slice(prefix.length + 1);
  const what = prefix === DELETE_PREFIX ? "primitive list" : "setElementOrder list";
  throw new PatchError(`invalid patch format of ${what}`, "format");
}

/** Merges the list that an order directive speaks of, then puts it in that order; both keys are done with. */
function obeyElementOrder(key: string, result: JsonObject, rest: JsonObject, { type, mode }: Context): void {
  const order = rest[key] as Json;
  if (mode === "combine") {
    const other = result[key];
    if (other === undefined) result[key] = order;
    else if (!deepEqual(other, order)) throw new PatchError("invalid patch format of setElementOrder list", "format");
  }
  delete rest[key];
  if (!Array.isArray(order)) throw new PatchError(`expected a []interface {}, but received a ${typeOf(order)}`);
  const name = trimPrefix(key, ORDER_PREFIX);
  const old = listAt(result, name);
  const changes = listAt(rest, name);
  const field = type.field(name);
  const { mergeKey } = field;
  if (changes !== undefined) checkOrder(changes, order, mergeKey);
  if (old === undefined && changes === undefined) return;
  let merged = old ?? addedList(changes ?? [], mode);
  if (old !== undefined && changes !== undefined) merged = mergeLists(old, changes, field, mode);
  const ordered = interleave(merged, order, liveOrder(old ?? [], merged, mergeKey), mergeKey);
  result[name] = old !== undefined && sameItems(old, ordered) ? old : ordered;
  delete rest[name];
}

/** A list that the object didn't have: elements that only say what to do with others go. */
function addedList(changes: Json[], mode: MergeMode): Json[] {
  const items = changes.filter((item) => !(isJsonObject(item) && DIRECTIVE in item));
  return mode === "apply" ? items.map(withoutDirectives) : items;
}

/**
 * The order that elements which the patch doesn't name are placed by: that of the live list, where elements that came
 * take the places of those that went. (Upstream deletes and appends in the live list's own memory; the order is part of
 * what users see.)
 */
function liveOrder(old: readonly Json[], merged: readonly Json[], mergeKey: string): Json[] {
  const before = new Set(old.map((item) => identity(item, mergeKey)));
  const after = new Set(merged.map((item) => identity(item, mergeKey)));
  const kept = old.filter((item) => after.has(identity(item, mergeKey)));
  const added = merged.filter((item) => !before.has(identity(item, mergeKey)));
  return [...kept, ...added].slice(0, old.length);
}

/** The elements of a patch must be among those of the order, in the same order; deletions aside. */
function checkOrder(changes: readonly Json[], order: readonly Json[], mergeKey: string): void {
  if (changes.length === 0 || order.length === 0) return;
  const present = changes.filter((item) => !(isJsonObject(item) && DIRECTIVE in item));
  let at = 0;
  for (const item of order) {
    if (at === present.length) break;
    const change = present[at] as Json;
    if (mergeKey === "" ? change === item : mergeValue(change, mergeKey) === mergeValue(item, mergeKey)) at++;
  }
  if (at < present.length) {
    throw new PatchError(
      `The order in patch list:\n${goText([...changes])}\n doesn't match ${ORDER_PREFIX} list:\n${goText([...order])}\n`,
    );
  }
}

/**
 * Elements named by the patch in the patch's order, the others in the live order, and between the two by their places
 * in the live list where both are there: live a b c d, patch c a → `b c a d`.
 */
function interleave(list: readonly Json[], order: readonly Json[], live: readonly Json[], mergeKey: string): Json[] {
  if (mergeKey !== "") for (const item of [...list, ...order]) mergeValue(item, mergeKey);
  const named = new Set(order.map((item) => identity(item, mergeKey)));
  const inPatch: Json[] = [];
  const others: Json[] = [];
  for (const item of list) (named.has(identity(item, mergeKey)) ? inPatch : others).push(item);
  const kept = sortByOrder(
    inPatch.filter((item) => !isDeletion(item)),
    order,
    mergeKey,
  );
  kept.push(...inPatch.filter(isDeletion));
  const left = sortByOrder(others, live, mergeKey);
  const places = new Map(live.map((item, at) => [identity(item, mergeKey), at]));
  const merged: Json[] = [];
  let next = 0;
  for (const item of kept) {
    const place = places.get(identity(item, mergeKey));
    while (next < left.length && place !== undefined) {
      const candidate = places.get(identity(left[next] as Json, mergeKey));
      if (candidate === undefined || candidate >= place) break;
      merged.push(left[next++] as Json);
    }
    merged.push(item);
  }
  merged.push(...left.slice(next));
  return merged;
}

function sameItems(a: readonly Json[], b: readonly Json[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at]);
}

function mergeKeyInto(result: JsonObject, patchKey: string, value: Json, { type, mode }: Context): void {
  const isDeleteList = patchKey.startsWith(DELETE_PREFIX);
  if (isDeleteList && mode === "combine") {
    result[patchKey] = value;
    return;
  }
  const key = isDeleteList ? trimPrefix(patchKey, DELETE_PREFIX) : patchKey;
  if (value === null) {
    delete result[key];
    if (mode === "combine") result[key] = null;
    return;
  }
  const old = result[key];
  if (old === undefined) {
    if (isDeleteList && mode === "apply") return;
    result[key] = mode === "apply" ? withoutDirectives(value) : value;
    return;
  }
  if (typeOf(old) !== typeOf(value)) {
    result[key] = value;
    return;
  }
  if (isJsonObject(old) && isJsonObject(value)) {
    const field = type.field(key);
    const merged = field.replaces ? value : mergeObjects(old, value, field.type, mode);
    result[key] = deepEqual(old, merged) ? old : merged;
  } else if (Array.isArray(old) && Array.isArray(value)) {
    const field = type.field(key);
    let merged: Json[] = value;
    if (isDeleteList && mode === "apply" && field.merges) merged = old.filter((item) => !value.includes(item));
    else if (field.merges) merged = mergeLists(old, value, field, mode);
    result[key] = deepEqual(old, merged) ? old : merged;
  } else {
    result[key] = value;
  }
}

/** A value that is new to the object: its directives have nothing to act on and must not be stored. */
function withoutDirectives(value: Json): Json {
  if (Array.isArray(value)) {
    return value.filter((item) => !(isJsonObject(item) && DIRECTIVE in item)).map(withoutDirectives);
  }
  if (!isJsonObject(value)) return value;
  const result: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    const directive =
      key === DIRECTIVE || key === RETAIN_KEYS || key.startsWith(DELETE_PREFIX) || key.startsWith(ORDER_PREFIX);
    if (!directive && item !== null) result[key] = withoutDirectives(item);
  }
  return result;
}

function mergeLists(old: Json[], changes: Json[], field: PatchField, mode: MergeMode): Json[] {
  if (!field.merges) return changes;
  if (old.length === 0 && changes.length === 0) return old;
  const type = elementType(old, changes);
  const { mergeKey } = field;
  let live: Json[] = old;
  let patch: Json[] = changes;
  let merged: Json[];
  if (type !== "object") {
    merged = [...new Set([...old, ...changes])];
  } else {
    if (mergeKey === "") throw new PatchError("cannot merge lists without merge key for type struct");
    ({ live, patch } = obeyListDirectives(old, changes, mergeKey));
    merged = mergeItems(live, patch, field, mode);
  }
  return interleave(merged, patch, live, type === "object" ? mergeKey : "");
}

function obeyListDirectives(old: Json[], changes: Json[], mergeKey: string): { live: Json[]; patch: Json[] } {
  const patch: Json[] = [];
  let live = old;
  let replace = false;
  for (const item of changes as JsonObject[]) {
    const directive = item[DIRECTIVE];
    if (directive === undefined) patch.push(item);
    else if (directive === "delete") {
      const value = mergeValue(item, mergeKey);
      live = live.filter((candidate) => !(isJsonObject(candidate) && candidate[mergeKey] === value));
    } else if (directive === "replace") replace = true;
    else if (directive === "merge") throw new PatchError("merging lists cannot yet be specified in the patch");
    else throw new PatchError(`unknown patch type: ${goText(directive)} in map: ${goText(item)}`);
  }
  return replace ? { live: patch, patch: [] } : { live, patch };
}

function mergeItems(live: readonly Json[], patch: readonly Json[], field: PatchField, mode: MergeMode): Json[] {
  const { mergeKey } = field;
  const merged = [...live];
  for (const change of patch as JsonObject[]) {
    const value = mergeValue(change, mergeKey);
    const at = merged.findIndex((item) => isJsonObject(item) && item[mergeKey] === value);
    if (at < 0) merged.push(mode === "apply" ? withoutDirectives(change) : change);
    else merged[at] = mergeObjects(merged[at] as JsonObject, change, field.type, mode);
  }
  return merged;
}
