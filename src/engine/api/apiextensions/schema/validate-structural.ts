/** What makes a schema structural. Upstream: apiextensions-apiserver pkg/apiserver/schema/{validation,complete}.go. */
import { fieldErrorText, forbiddenField, invalidValue, required, type FieldError } from "../../meta/field-error.ts";
import { deepEqual } from "../../../base/json.ts";
import { goRegExp } from "../../../base/go-regexp.ts";
import {
  additionalOf,
  EMBEDDED,
  INT_OR_STRING,
  itemsOf,
  LIST_MAP_KEYS,
  LIST_TYPE,
  MAP_TYPE,
  PRESERVES,
  propertyOf,
  RULES,
  type Schema,
} from "./schema-nodes.ts";

const INT_OR_STRING_OPTIONS = [{ type: "integer" }, { type: "string" }];
const EMPTY_TYPE = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

type Level = keyof typeof EMPTY_TYPE;

/** Complaints in the order of their texts. */
export function validateStructural(schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  checkInvariants(schema, "root", path, errors);
  checkCompleteness(schema, schema, path, errors);
  return errors.sort((a, b) => (fieldErrorText(a) < fieldErrorText(b) ? -1 : 1));
}

function checkInvariants(schema: Schema, level: Level, path: string, errors: FieldError[]): void {
  const { type = "", properties } = schema;
  const items = itemsOf(schema);
  const additional = additionalOf(schema);
  if (type === "array" && items === undefined) errors.push(required(`${path}.items`, "must be specified"));
  if (items !== undefined) checkInvariants(items, "item", `${path}.items`, errors);
  for (const name in properties) {
    checkInvariants(properties[name] as Schema, "field", `${path}.properties[${name}]`, errors);
  }
  if (additional !== undefined) {
    const at = `${path}.additionalProperties`;
    if (level === "root") errors.push(forbiddenField(at, "must not be used at the root"));
    if (typeof additional === "object") checkInvariants(additional, "field", at, errors);
  }
  checkExtensions(schema, path, errors);
  checkValueValidation(schema, { path, isIntOrString: true }, errors);
  checkType(schema, level, path, errors);
  checkEmbedded(schema, path, errors);
  if (level === "root" || schema[EMBEDDED] === true) checkMeta(schema, level, path, errors);
}

function checkExtensions(schema: Schema, path: string, errors: FieldError[]): void {
  if (schema[INT_OR_STRING] !== true) return;
  const why = "must be false if x-kubernetes-int-or-string is true";
  for (const extension of [PRESERVES, EMBEDDED] as const) {
    if (schema[extension] === true) errors.push(invalidValue(`${path}.${extension}`, true, why));
  }
}

function checkType(schema: Schema, level: Level, path: string, errors: FieldError[]): void {
  const { type = "" } = schema;
  const at = `${path}.type`;
  if (schema[EMBEDDED] === true && type !== "object") {
    const why = "must be object if x-kubernetes-embedded-resource is true";
    errors.push(type === "" ? required(at, why) : invalidValue(at, type, why));
  } else if (type === "" && schema[INT_OR_STRING] !== true && schema[PRESERVES] !== true) {
    errors.push(required(at, EMPTY_TYPE[level]));
  }
  if (level === "root" && type !== "" && type !== "object") {
    errors.push(invalidValue(at, type, "must be object at the root"));
  }
}

function checkEmbedded(schema: Schema, path: string, errors: FieldError[]): void {
  if (schema[EMBEDDED] !== true) return;
  if (additionalOf(schema) !== undefined) {
    const why = "must not be used if x-kubernetes-embedded-resource is set";
    errors.push(forbiddenField(`${path}.additionalProperties`, why));
  }
  if (schema[PRESERVES] !== true && Object.keys(schema.properties ?? {}).length === 0) {
    const why =
      "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
    errors.push(required(`${path}.properties`, why));
  }
}

/** apiVersion, kind and metadata of whole objects. */
function checkMeta(schema: Schema, level: Level, path: string, errors: FieldError[]): void {
  for (const name of ["kind", "apiVersion"]) {
    const type = propertyOf(schema, name)?.type;
    if (propertyOf(schema, name) !== undefined && type !== "string") {
      errors.push(invalidValue(`${path}.properties[${name}].type`, type ?? "", "must be string"));
    }
  }
  const metadata = propertyOf(schema, "metadata");
  if (metadata === undefined) return;
  const at = `${path}.properties[metadata]`;
  if (metadata.type !== "object") errors.push(invalidValue(`${at}.type`, metadata.type ?? "", "must be object"));
  if (level !== "root") return;
  const { type: _, properties = {}, description: __, ...rest } = metadata;
  const restricted = Object.keys(properties).every((name) => name === "name" || name === "generateName");
  if (Object.keys(rest).length > 0 || !restricted) {
    const why = "must not specify anything other than name and generateName, but metadata is implicitly specified";
    errors.push(forbiddenField(at, why));
  }
}

interface Junction {
  path: string;
  /** `anyOf: [integer, string]` may stand here, once. */
  isIntOrString: boolean;
}

function checkValueValidation(schema: Schema, { path, isIntOrString }: Junction, errors: FieldError[]): void {
  const { anyOf = [], allOf = [], oneOf = [], not, pattern = "" } = schema;
  if (!(isIntOrString && deepEqual(anyOf, INT_OR_STRING_OPTIONS))) {
    for (const [index, option] of anyOf.entries()) checkNested(option, `${path}.anyOf[${index}]`, errors);
  }
  for (const [index, option] of allOf.entries()) {
    checkNested(option, `${path}.allOf[${index}]`, errors, isIntOrString && index === 0);
  }
  for (const [index, option] of oneOf.entries()) checkNested(option, `${path}.oneOf[${index}]`, errors);
  if (not !== undefined) checkNested(not, `${path}.not`, errors);
  if (pattern !== "" && goRegExp(pattern) === undefined) {
    const why = `must be a valid regular expression, but isn't: error parsing regexp: \`${pattern}\``;
    errors.push(invalidValue(`${path}.pattern`, pattern, why));
  }
}

/** What only the outside of junctors may say, with the complaint. */
const OUTSIDE_ONLY: readonly (readonly [keyof Schema, string])[] = [
  ["type", "must be empty to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["default", "must be undefined to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["nullable", "must be false to be structural"],
  ["externalDocs", "must be undefined to be structural"],
  [PRESERVES, "must be false to be structural"],
  [EMBEDDED, "must be false to be structural"],
  [INT_OR_STRING, "must be false to be structural"],
  [LIST_MAP_KEYS, "must be empty to be structural"],
  [LIST_TYPE, "must be undefined to be structural"],
  [MAP_TYPE, "must be undefined to be structural"],
  [RULES, "must be empty to be structural"],
];

function checkNested(schema: Schema, path: string, errors: FieldError[], isIntOrString = false): void {
  checkValueValidation(schema, { path, isIntOrString }, errors);
  const items = itemsOf(schema);
  if (items !== undefined) checkNested(items, `${path}.items`, errors);
  for (const name in schema.properties) {
    checkNested(schema.properties[name] as Schema, `${path}.properties[${name}]`, errors);
  }
  for (const [name, why] of OUTSIDE_ONLY) {
    const value = schema[name];
    const isEmpty =
      value === undefined || value === "" || value === false || (Array.isArray(value) && value.length === 0);
    if (!isEmpty) errors.push(forbiddenField(`${path}.${name}`, why));
  }
  if (propertyOf(schema, "metadata") !== undefined) {
    errors.push(forbiddenField(`${path}.properties[metadata]`, "must not be specified in a nested context"));
  }
}

/** Every field that a junctor speaks of is named outside of junctors too. */
function checkCompleteness(schema: Schema, outside: Schema | undefined, path: string, errors: FieldError[]): void {
  const { anyOf = [], allOf = [], oneOf = [], not, properties } = schema;
  const nested = (inner: Schema, at: string): void => checkSpecified(inner, outside, { at, spine: path }, errors);
  for (const [index, option] of anyOf.entries()) nested(option, `${path}.anyOf[${index}]`);
  for (const [index, option] of allOf.entries()) nested(option, `${path}.allOf[${index}]`);
  for (const [index, option] of oneOf.entries()) nested(option, `${path}.oneOf[${index}]`);
  if (not !== undefined) nested(not, `${path}.not`);
  const items = itemsOf(schema);
  if (items !== undefined) checkCompleteness(items, items, `${path}.items`, errors);
  for (const name in properties) {
    const property = properties[name] as Schema;
    checkCompleteness(property, property, `${path}.properties[${name}]`, errors);
  }
  const additional = additionalOf(schema);
  if (typeof additional === "object") checkCompleteness(additional, additional, `${path}.additionalProperties`, errors);
}

function checkSpecified(
  nested: Schema,
  outside: Schema | undefined,
  { at, spine }: { at: string; spine: string },
  errors: FieldError[],
): void {
  const why = `because it is defined in ${at}`;
  const items = itemsOf(nested);
  if (items !== undefined) {
    const there = outside && itemsOf(outside);
    if (there === undefined) errors.push(required(`${spine}.items`, `${why}.items`));
    else checkSpecified(items, there, { at: `${at}.items`, spine: `${spine}.items` }, errors);
  }
  for (const name in nested.properties) {
    const there = outside && propertyOf(outside, name);
    const inner = `${at}.properties[${name}]`;
    if (there === undefined) errors.push(required(`${spine}.properties[${name}]`, `because it is defined in ${inner}`));
    else {
      const place = { at: inner, spine: `${spine}.properties[${name}]` };
      checkSpecified(nested.properties[name] as Schema, there, place, errors);
    }
  }
  for (const junctor of ["anyOf", "allOf", "oneOf"] as const) {
    for (const [index, option] of (nested[junctor] ?? []).entries()) {
      checkSpecified(option, outside, { at: `${at}.${junctor}[${index}]`, spine }, errors);
    }
  }
  if (nested.not !== undefined) checkSpecified(nested.not, outside, { at: `${at}.not`, spine }, errors);
}
