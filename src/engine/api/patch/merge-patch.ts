/**
 * JSON merge patch (RFC 7386), and the three-way one that `kubectl apply` makes for kinds without known structure.
 * Upstream: gopkg.in/evanphx/json-patch.v4 merge.go, apimachinery pkg/util/jsonmergepatch.
 */
import { deepEqual, type Json, type JsonObject } from "../../base/json.ts";
import { isJsonObject } from "./patch-values.ts";

/** `original` with `patch` merged in: null deletes, objects merge, everything else replaces. Shares what stays. */
export function applyMergePatch(original: Json, patch: Json): Json {
  if (!isJsonObject(patch)) return isJsonObject(original) ? patch : withoutNulls(patch);
  const base: JsonObject = isJsonObject(original) ? original : {};
  let result = base;
  for (const [key, value] of Object.entries(patch)) {
    const old = base[key];
    if (value === null) {
      if (old === undefined) continue;
      if (result === base) result = { ...base };
      delete result[key];
      continue;
    }
    const merged = applyMergePatch(old ?? null, value);
    if (old !== undefined && deepEqual(old, merged)) continue;
    if (result === base) result = { ...base };
    result[key] = merged;
  }
  return isJsonObject(original) ? result : { ...result };
}

/** Lists are taken as they are, but for what is null in their objects. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => (item === null ? null : withoutNulls(item)));
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(kept.map(([key, field]) => [key, withoutNulls(field)]));
}

/** The patch that makes `modified` of `original`. */
export function createMergePatch(original: JsonObject, modified: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const [key, value] of Object.entries(modified)) {
    const old = original[key];
    if (old === undefined) {
      patch[key] = value;
    } else if (isJsonObject(old) && isJsonObject(value)) {
      const diff = createMergePatch(old, value);
      if (Object.keys(diff).length > 0) patch[key] = diff;
    } else if (!deepEqual(old, value)) {
      patch[key] = value;
    }
  }
  for (const key of Object.keys(original)) if (!(key in modified)) patch[key] = null;
  return patch;
}

/** Deletions from `original` to `modified`, and what `modified` adds to or changes in `current`. */
export function createThreeWayMergePatch(versions: {
  original: JsonObject;
  modified: JsonObject;
  current: JsonObject;
}): JsonObject {
  const { original, modified, current } = versions;
  const additions = filterNulls(createMergePatch(current, modified), "drop");
  const deletions = filterNulls(createMergePatch(original, modified), "keep");
  return overlay(deletions, additions);
}

/** One patch laid over another; nulls of both stay. */
function overlay(under: JsonObject, over: JsonObject): JsonObject {
  const result = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const old = result[key];
    result[key] = isJsonObject(old) && isJsonObject(value) ? overlay(old, value) : value;
  }
  return result;
}

/** keep: only null leaves and what leads to them. drop: everything else; objects that had only nulls go too. */
export function filterNulls(object: JsonObject, nulls: "keep" | "drop"): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    if (value === null) {
      if (nulls === "keep") result[key] = null;
    } else if (isJsonObject(value)) {
      const filtered = filterNulls(value, nulls);
      if (Object.keys(filtered).length > 0) result[key] = filtered;
      else if (nulls === "drop" && Object.keys(value).length === 0) result[key] = value;
    } else if (nulls === "drop") {
      result[key] = value;
    }
  }
  return result;
}
