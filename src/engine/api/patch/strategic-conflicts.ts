/** Whether two strategic merge patches change the same field differently. Upstream: MergingMapsHaveConflicts. */
import { deepEqual, type Json, type JsonObject } from "../../base/json.ts";
import type { PatchField, PatchType } from "./patch-schema.ts";
import { DIRECTIVE, elementType, goText, isJsonObject, mergeValue, RETAIN_KEYS } from "./patch-values.ts";

export function hasConflicts(left: JsonObject, right: JsonObject, type: PatchType): boolean {
  return objectsConflict(left, right, type);
}

function objectsConflict(left: JsonObject, right: JsonObject, type: PatchType): boolean {
  if (left[DIRECTIVE] !== right[DIRECTIVE]) return true;
  for (const [key, value] of Object.entries(left)) {
    const other = right[key];
    if (other === undefined || key === DIRECTIVE || key === RETAIN_KEYS) continue;
    if (fieldConflicts(value, other, type.field(key))) return true;
  }
  return false;
}

function fieldConflicts(left: Json, right: Json, field: PatchField): boolean {
  if (isJsonObject(left)) {
    if (!isJsonObject(right) || left[DIRECTIVE] !== right[DIRECTIVE]) return true;
    return !field.replaces && objectsConflict(left, right, field.type);
  }
  if (Array.isArray(left)) return !Array.isArray(right) || listsConflict(left, right, field);
  return !deepEqual(left, right);
}

function listsConflict(left: Json[], right: Json[], field: PatchField): boolean {
  const ofObjects = elementType(left, right) === "object";
  if (field.merges) {
    if (!ofObjects) return false;
    const others = new Map(right.map((item) => [goText(mergeValue(item, field.mergeKey)), item as JsonObject]));
    return left.some((item) => {
      const other = others.get(goText(mergeValue(item, field.mergeKey)));
      return other !== undefined && objectsConflict(item as JsonObject, other, field.type);
    });
  }
  if (left.length !== right.length) return true;
  if (!ofObjects) return !deepEqual(distinct(left), distinct(right));
  return left.some((item, at) => objectsConflict(item as JsonObject, right[at] as JsonObject, field.type));
}

function distinct(list: readonly Json[]): string[] {
  return [...new Set(list.map(goText))].sort();
}
