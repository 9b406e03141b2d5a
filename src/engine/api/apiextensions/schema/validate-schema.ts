/**
 * What a schema may say beyond being structural. Upstream: ValidateCustomResourceDefinitionOpenAPISchema of
 * apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go.
 */
import { forbiddenField, invalidValue, notSupported, required, type FieldError } from "../../meta/field-error.ts";
import { validateRuleTexts } from "./validate-rules.ts";
import {
  additionalOf,
  EMBEDDED,
  itemsOf,
  LIST_MAP_KEYS,
  LIST_TYPE,
  MAP_TYPE,
  PRESERVES,
  propertyOf,
  type Schema,
} from "./schema-nodes.ts";

const TYPES = ["array", "boolean", "integer", "number", "object", "string"];
const META_FIELDS = new Set(["metadata", "kind", "apiVersion"]);
const UNIQUE = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
const UNSUPPORTED: readonly (readonly [keyof Schema, string])[] = [
  ["id", "id is not supported"],
  ["additionalItems", "additionalItems is not supported"],
  ["patternProperties", "patternProperties is not supported"],
  ["definitions", "definitions is not supported"],
  ["dependencies", "dependencies is not supported"],
  ["$ref", "$ref is not supported"],
];

interface Place {
  path: string;
  isRoot: boolean;
  /** Why there may be no default here. */
  noDefaults: string | undefined;
  insideMeta: boolean;
}

export function validateSchema(schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  checkSchema(schema, { path, isRoot: true, noDefaults: undefined, insideMeta: false }, errors);
  return errors;
}

function checkSchema(schema: Schema, place: Place, errors: FieldError[]): void {
  const { path } = place;
  checkStandard(schema, place, errors);
  if (schema.uniqueItems === true) errors.push(forbiddenField(`${path}.uniqueItems`, UNIQUE));
  checkChildren(schema, place, errors);
  if (schema[PRESERVES] === false) {
    errors.push(invalidValue(`${path}.${PRESERVES}`, false, "must be true or undefined"));
  }
  checkMapType(schema, path, errors);
  checkListType(schema, path, errors);
  checkMapKeys(schema, path, errors);
  errors.push(...validateRuleTexts(schema, path));
}

function checkStandard(schema: Schema, { path, noDefaults, insideMeta }: Place, errors: FieldError[]): void {
  const { type = "" } = schema;
  if (type !== "" && !TYPES.includes(type)) errors.push(notSupported(`${path}.type`, type, TYPES));
  if (schema.default !== undefined && noDefaults !== undefined) {
    errors.push(forbiddenField(`${path}.default`, `must not be set ${noDefaults}`));
  }
  for (const [name, why] of UNSUPPORTED) {
    if (schema[name] !== undefined && schema[name] !== "") errors.push(forbiddenField(`${path}.${name}`, why));
  }
  if (type === "null") {
    errors.push(forbiddenField(`${path}.type`, "type cannot be set to null, use nullable as an alternative"));
  }
  if (Array.isArray(schema.items)) {
    errors.push(forbiddenField(`${path}.items`, "items must be a schema object and not an array"));
  }
  if (insideMeta && schema[EMBEDDED] === true) {
    errors.push(forbiddenField(`${path}.${EMBEDDED}`, "must not be used inside of resource meta"));
  }
}

function checkChildren(schema: Schema, place: Place, errors: FieldError[]): void {
  const { path, isRoot, insideMeta } = place;
  const inner: Place = { ...place, isRoot: false };
  const { properties = {}, not } = schema;
  const additional = additionalOf(schema);
  if (additional !== undefined) {
    const at = `${path}.additionalProperties`;
    if (Object.keys(properties).length > 0 && additional !== true) {
      errors.push(forbiddenField(at, "additionalProperties and properties are mutual exclusive"));
    }
    if (typeof additional === "object") {
      const noDefaults = insideMeta ? "inside additionalProperties applying to object metadata" : place.noDefaults;
      checkSchema(additional, { ...inner, path: at, noDefaults }, errors);
    }
  }
  for (const [name, property] of Object.entries(properties)) {
    const isMeta = (isRoot || schema[EMBEDDED] === true) && META_FIELDS.has(name);
    const noDefaults = isMeta && isRoot ? `in top-level ${name}` : place.noDefaults;
    const at = `${path}.properties[${name}]`;
    checkSchema(property, { path: at, isRoot: false, noDefaults, insideMeta: insideMeta || isMeta }, errors);
  }
  if (not !== undefined) checkSchema(not, { ...inner, path: `${path}.not` }, errors);
  for (const junctor of ["allOf", "oneOf", "anyOf"] as const) {
    for (const [index, option] of (schema[junctor] ?? []).entries()) {
      checkSchema(option, { ...inner, path: `${path}.${junctor}[${index}]` }, errors);
    }
  }
  const items = itemsOf(schema);
  if (items !== undefined) checkSchema(items, { ...inner, path: `${path}.items` }, errors);
}

function checkMapType(schema: Schema, path: string, errors: FieldError[]): void {
  const mapType = schema[MAP_TYPE];
  if (mapType === undefined) return;
  wantType(schema, "object", { path, why: "must be object if x-kubernetes-map-type is specified" }, errors);
  if (mapType !== "atomic" && mapType !== "granular") {
    errors.push(notSupported(`${path}.${MAP_TYPE}`, mapType, ["atomic", "granular"]));
  }
}

function wantType(
  schema: Schema,
  type: string,
  { path, why }: { path: string; why: string },
  errors: FieldError[],
): void {
  if (schema.type === type) return;
  const at = `${path}.type`;
  errors.push((schema.type ?? "") === "" ? required(at, why) : invalidValue(at, schema.type, why));
}

function checkListType(schema: Schema, path: string, errors: FieldError[]): void {
  const listType = schema[LIST_TYPE];
  if (listType === undefined) return;
  const items = itemsOf(schema);
  if (schema.type !== "array") {
    wantType(schema, "array", { path, why: "must be array if x-kubernetes-list-type is specified" }, errors);
  } else if (listType === "set" && items !== undefined) {
    const why = "must be atomic as item of a list with x-kubernetes-list-type=set";
    const inner = items[LIST_TYPE];
    if (items.type === "array" && inner !== undefined && inner !== "atomic") {
      errors.push(invalidValue(`${path}.items.${LIST_TYPE}`, inner, why));
    }
    if (items.type === "object" && items[MAP_TYPE] !== "atomic") {
      errors.push(invalidValue(`${path}.items.${MAP_TYPE}`, inner, why));
    }
  }
  if (!["atomic", "set", "map"].includes(listType)) {
    errors.push(notSupported(`${path}.${LIST_TYPE}`, listType, ["atomic", "set", "map"]));
  }
  if ((listType === "set" || listType === "map") && items?.nullable === true) {
    const why = `cannot be nullable when x-kubernetes-list-type is ${listType}`;
    errors.push(forbiddenField(`${path}.items.nullable`, why));
  }
}

function checkMapKeys(schema: Schema, path: string, errors: FieldError[]): void {
  const listType = schema[LIST_TYPE];
  const keys = schema[LIST_MAP_KEYS] ?? [];
  if (keys.length > 0 && listType !== "map") {
    const why = "must be map if x-kubernetes-list-map-keys is non-empty";
    const at = `${path}.${LIST_TYPE}`;
    errors.push(listType === undefined ? required(at, why) : invalidValue(at, listType, why));
  }
  if (listType !== "map") return;
  if (keys.length === 0) {
    const why = "must not be empty if x-kubernetes-list-type is map";
    errors.push(required(`${path}.${LIST_MAP_KEYS}`, why));
  }
  const items = itemsOf(schema);
  if (items === undefined) {
    if (schema.items === undefined) {
      errors.push(required(`${path}.items`, "must have a schema if x-kubernetes-list-type is map"));
    }
    return;
  }
  if (items.type !== "object") {
    const why = "must be object if parent array's x-kubernetes-list-type is map";
    errors.push(invalidValue(`${path}.items.type`, items.type ?? "", why));
    return;
  }
  for (const [index, key] of keys.entries()) checkMapKey(items, { key, index, keys }, path, errors);
}

function checkMapKey(
  items: Schema,
  { key, index, keys }: { key: string; index: number; keys: readonly string[] },
  path: string,
  errors: FieldError[],
): void {
  const property = propertyOf(items, key);
  const all = `${path}.${LIST_MAP_KEYS}`;
  if (keys.indexOf(key) < index) errors.push(invalidValue(all, keys, "must not contain duplicate entries"));
  if (property === undefined) {
    errors.push(invalidValue(all, keys, "entries must all be names of item properties"));
    return;
  }
  const at = `${path}.items.properties[${key}]`;
  if (property.type === "array" || property.type === "object") {
    const why = "must be a scalar type if parent array's x-kubernetes-list-type is map";
    errors.push(invalidValue(`${at}.type`, items.type, why));
  }
  const what = "this property is in x-kubernetes-list-map-keys, so it";
  if (items.required?.includes(key) !== true && property.default === undefined) {
    errors.push(required(`${at}.default`, `${what} must have a default or be a required property`));
  }
  if (property.nullable === true) errors.push(forbiddenField(`${at}.nullable`, `${what} cannot be nullable`));
}
