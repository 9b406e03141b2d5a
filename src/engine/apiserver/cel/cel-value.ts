/**
 * JSON values as CEL sees them and back. Upstream: apiserver pkg/cel/common/values.go.
 * Integers are `bigint` (CEL `int`), doubles `number`, timestamps `Date`, bytes `Uint8Array`; lists and maps stay plain.
 */
import { Duration, UnsignedInt } from "@marcbachmann/cel-js/evaluator";
import { decodeBase64 } from "../../base/base64.ts";
import { isObject } from "../../base/json.ts";
import { celFieldName, type CelType } from "./cel-type.ts";
import { parseDuration } from "./functions/durations.ts";

/** What programs take and give. */
export type CelValue = unknown;

/**
 * A JSON value of a declared type. Fields that the type doesn't name are left out (no expression can reach them); a value
 * that doesn't fit its type is taken for what it is, as `dyn`. Null stays null.
 */
export function toCel(value: unknown, type: CelType = "dyn"): CelValue {
  if (value === null || value === undefined) return null;
  if (typeof type === "string") return scalar(value, type);
  if ("optional" in type) return toCel(value, type.optional);
  if ("list" in type) return Array.isArray(value) ? value.map((item) => toCel(item, type.list)) : toCel(value);
  if (!isObject(value)) return toCel(value);
  if ("map" in type) return mapped(value, (item) => toCel(item, type.map));
  const fields = type.fields();
  const result: Record<string, CelValue> = {};
  for (const name of Object.keys(value)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const escaped = field === undefined ? undefined : celFieldName(name);
    if (escaped !== undefined && value[name] !== undefined) result[escaped] = toCel(value[name], field);
  }
  return result;
}

function scalar(value: unknown, type: CelType): CelValue {
  switch (type) {
    case "int":
      return typeof value === "number" && Number.isInteger(value) ? BigInt(value) : untyped(value);
    case "double":
      return typeof value === "number" ? value : untyped(value);
    case "timestamp": {
      const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
      return Number.isNaN(time) ? untyped(value) : new Date(time);
    }
    case "duration":
      return (typeof value === "string" ? parseDuration(value) : undefined) ?? untyped(value);
    case "bytes":
      return (typeof value === "string" ? decodeBase64(value) : undefined) ?? untyped(value);
    default:
      return untyped(value);
  }
}

function untyped(value: unknown): CelValue {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map((item) => toCel(item));
  return isObject(value) ? mapped(value, (item) => toCel(item)) : value;
}

function mapped(value: Record<string, unknown>, change: (item: unknown) => CelValue): Record<string, CelValue> {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item)]));
}

/** A result as JSON: integers beyond 2^53 lose their last digits, as in every JSON reader. */
export function fromCel(value: CelValue): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof UnsignedInt) return Number(value.value);
  if (value instanceof Date) return value.toISOString().replace(/\.000Z$/, "Z");
  if (value instanceof Duration) return value.toString();
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [String(key), fromCel(item)]));
  if (Array.isArray(value)) return value.map(fromCel);
  return isObject(value) && value.constructor === Object ? mapped(value, fromCel) : value;
}

/** Deep equality of CEL values. Numbers of both kinds compare by value. */
export function celEqual(a: CelValue, b: CelValue): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a === "bigint" && typeof b === "number") return a == (b as unknown);
  if (typeof a === "number" && typeof b === "bigint") return b == (a as unknown);
  if (typeof a === "number" && typeof b === "number") return a === b;
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  if (a instanceof Duration && b instanceof Duration) return a.seconds === b.seconds && a.nanos === b.nanos;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, at) => celEqual(item, b[at]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && celEqual(a[key], b[key]));
}
