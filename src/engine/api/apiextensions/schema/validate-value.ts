/**
 * A value against a schema, with the complaints of kube-openapi's validator as the API server shows them.
 * Upstream: kube-openapi pkg/validation/validate, apiextensions-apiserver pkg/apiserver/validation/validation.go.
 * Simplified: complaints come in the order of the schema (upstream's order of properties is random).
 */
import type { FieldError } from "../../meta/field-error.ts";
import { deepEqual, isObject } from "../../../base/json.ts";
import { goRegExp } from "../../../base/go-regexp.ts";
import { hasFormat } from "./formats.ts";
import { additionalOf, INT_OR_STRING, itemsOf, propertyOf, type Schema } from "./schema-nodes.ts";

/** `matches` counts what was looked at: of several alternatives the one that got farthest explains the failure. */
interface Result {
  errors: FieldError[];
  matches: number;
}

export function validateValue(value: unknown, schema: Schema, path = ""): FieldError[] {
  return check(value, schema, path).errors;
}

function check(value: unknown, schema: Schema, path: string): Result {
  const result: Result = { errors: [], matches: 0 };
  if (value === null || value === undefined) {
    checkNull(schema, path, result);
    return result;
  }
  checkType(value, schema, path, result);
  result.matches++;
  checkAlternatives(value, schema, path, result);
  if (typeof value === "string") checkString(value, schema, path, result);
  else if (typeof value === "number") checkNumber(value, schema, path, result);
  else if (Array.isArray(value)) checkList(value, schema, path, result);
  checkEnum(value, schema, path, result);
  if (isObject(value)) checkObject(value, schema, path, result);
  result.matches++;
  return result;
}

function add(result: Result, type: FieldError["type"], path: string, [badValue, detail]: [unknown, string]): void {
  result.errors.push({ type, field: path.replace(/^\./, "") || "<nil>", badValue, detail });
}

function merge(result: Result, other: Result): void {
  result.errors.push(...other.errors);
  result.matches += other.matches;
}

function wrongType(result: Result, path: string, [wanted, found]: [string, string]): void {
  const detail = `${path} in body must be of type ${wanted}: ${JSON.stringify(found)}`;
  add(result, "FieldValueTypeInvalid", path, [found, detail]);
}

function checkNull(schema: Schema, path: string, result: Result): void {
  const { type = "", nullable } = schema;
  if (nullable !== true && (type !== "" || schema[INT_OR_STRING] === true)) {
    wrongType(result, path, [schema[INT_OR_STRING] === true ? "integer,string" : type, "null"]);
  }
  if (nullable !== true) checkEnum(null, schema, path, result);
}

/** Type and format as the decoder of JSON gives them. */
function typeOf(value: unknown): [type: string, format: string] {
  if (typeof value === "number") return Number.isInteger(value) ? ["integer", "int64"] : ["number", "double"];
  if (Array.isArray(value)) return ["array", ""];
  if (isObject(value)) return ["object", ""];
  return [typeof value, ""];
}

function checkType(value: unknown, schema: Schema, path: string, result: Result): void {
  const wanted = schema[INT_OR_STRING] === true ? ["integer", "string"] : schema.type ? [schema.type] : [];
  if (wanted.length === 0) return;
  const [found, foundFormat] = typeOf(value);
  const { format = "" } = schema;
  const fits = wanted.includes(found) || (found === "integer" && wanted.includes("number"));
  if (fits) return;
  const isText = found === "string" || found === "array";
  if (!isText && format !== "") wrongType(result, path, [format, foundFormat]);
  else if (format === "" || wanted.includes("number") || wanted.includes("integer")) {
    wrongType(result, path, [wanted.join(","), found]);
  }
}

function checkAlternatives(value: unknown, schema: Schema, path: string, result: Result): void {
  const { anyOf = [], oneOf = [], allOf = [], not } = schema;
  const say = (text: string): void => add(result, "FieldValueInvalid", "", ["", `${JSON.stringify(path)} ${text}`]);
  if (anyOf.length > 0) {
    const results = anyOf.map((option) => check(value, option, path));
    const good = results.find(({ errors }) => errors.length === 0);
    if (good === undefined) say("must validate at least one schema (anyOf)");
    merge(result, good ?? best(results));
  }
  if (oneOf.length > 0) {
    const results = oneOf.map((option) => check(value, option, path));
    const good = results.filter(({ errors }) => errors.length === 0);
    const found = good.length === 0 ? "Found none valid" : `Found ${good.length} valid alternatives`;
    if (good.length !== 1) say(`must validate one and only one schema (oneOf). ${found}`);
    if (good.length <= 1) merge(result, good[0] ?? best(results));
  }
  if (allOf.length > 0) {
    const results = allOf.map((option) => check(value, option, path));
    for (const each of results) merge(result, each);
    const good = results.filter(({ errors }) => errors.length === 0).length;
    if (good < allOf.length) say(`must validate all the schemas (allOf)${good === 0 ? ". None validated" : ""}`);
  }
  if (not !== undefined && check(value, not, path).errors.length === 0) say("must not validate the schema (not)");
  result.matches++;
}

function best(results: readonly Result[]): Result {
  return results.reduce((chosen, each) => (each.matches > chosen.matches ? each : chosen));
}

function checkString(value: string, schema: Schema, path: string, result: Result): void {
  const { maxLength, minLength, pattern = "", format = "" } = schema;
  const length = maxLength === undefined && minLength === undefined ? 0 : [...value].length;
  if (maxLength !== undefined && length > maxLength) {
    add(result, "FieldValueTooLong", path, [value, `may not be more than ${maxLength} bytes`]);
  } else if (minLength !== undefined && length < minLength) {
    add(result, "FieldValueInvalid", path, [value, `${path} in body should be at least ${minLength} chars long`]);
  } else if (pattern !== "" && goRegExp(pattern)?.test(value) !== true) {
    add(result, "FieldValueInvalid", path, [value, `${path} in body should match '${pattern}'`]);
  }
  result.matches++;
  if (format === "") return;
  if (!hasFormat(value, format)) wrongFormat(value, format, path, result);
  result.matches++;
}

function wrongFormat(value: string, format: string, path: string, result: Result): void {
  add(result, "FieldValueTypeInvalid", path, [
    value,
    `${path} in body must be of type ${format}: ${JSON.stringify(value)}`,
  ]);
}

function checkNumber(value: number, schema: Schema, path: string, result: Result): void {
  const { multipleOf, maximum, minimum, exclusiveMaximum = false, exclusiveMinimum = false } = schema;
  const say = (text: string): void =>
    add(result, "FieldValueInvalid", path, [value, `${path} in body should be ${text}`]);
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) say(`a multiple of ${multipleOf}`);
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
    say(`less than ${exclusiveMaximum ? "" : "or equal to "}${maximum}`);
  }
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
    say(`greater than ${exclusiveMinimum ? "" : "or equal to "}${minimum}`);
  }
  result.matches++;
}

function checkList(list: readonly unknown[], schema: Schema, path: string, result: Result): void {
  const items = itemsOf(schema);
  if (items !== undefined) {
    for (const [index, item] of list.entries()) merge(result, check(item, items, `${path}[${index}]`));
  }
  const { minItems, maxItems } = schema;
  if (minItems !== undefined && list.length < minItems) {
    add(result, "FieldValueInvalid", path, [list.length, `${path} in body should have at least ${minItems} items`]);
  }
  if (maxItems !== undefined && list.length > maxItems) {
    add(result, "FieldValueTooMany", path, [list.length, `must have at most ${maxItems} items`]);
  }
  result.matches++;
}

function checkEnum(value: unknown, schema: Schema, path: string, result: Result): void {
  const options = schema.enum ?? [];
  if (options.length > 0 && !options.some((option) => deepEqual(option, value))) {
    const names = options.map((option) => JSON.stringify(typeof option === "string" ? option : JSON.stringify(option)));
    add(result, "FieldValueNotSupported", path, [value, `supported values: ${names.join(", ")}`]);
  }
  result.matches++;
}

function checkObject(object: Record<string, unknown>, schema: Schema, path: string, result: Result): void {
  const keys = Object.keys(object);
  const { minProperties, maxProperties, properties, required = [] } = schema;
  if (minProperties !== undefined && keys.length < minProperties) {
    const detail = `${path} in body should have at least ${minProperties} properties`;
    add(result, "FieldValueInvalid", path, [minProperties, detail]);
    return;
  }
  if (maxProperties !== undefined && keys.length > maxProperties) {
    add(result, "FieldValueTooMany", path, [keys.length, `must have at most ${maxProperties} items`]);
    return;
  }
  const additional = additionalOf(schema);
  for (const key of keys) {
    if (propertyOf(schema, key) !== undefined || additional === undefined || additional === true) continue;
    const at = `${path}.${key}`;
    if (additional === false) add(result, "FieldValueInvalid", path, [key, `${at} in body is a forbidden property`]);
    else merge(result, check(object[key], additional, at));
  }
  for (const name in properties) {
    if (!Object.hasOwn(object, name)) continue;
    merge(result, check(object[name], properties[name] as Schema, path === "" ? name : `${path}.${name}`));
  }
  for (const name of required) {
    if (!Object.hasOwn(object, name)) add(result, "FieldValueRequired", `${path}.${name}`, ["", ""]);
  }
  result.matches++;
}
