/** JSON out of annotations that anybody may have written: what doesn't fit isn't there. */
import { isObject, type JsonObject } from "../../base/json.ts";

export function parseLenient(text: string | undefined): unknown {
  if (text === undefined || text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A list of objects. */
export function parseList(text: string | undefined): JsonObject[] | undefined {
  const value = parseLenient(text);
  return Array.isArray(value) && value.every(isObject) ? (value as JsonObject[]) : undefined;
}

/** A quantity's text. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function integer(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) ? value : undefined;
}

export function record(value: unknown): JsonObject {
  return isObject(value) ? (value as JsonObject) : {};
}
