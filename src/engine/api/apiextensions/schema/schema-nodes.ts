/** A definition's schema as the functions beside this file walk it. Upstream: apiextensions-apiserver pkg/apiserver/schema/structural.go. */
import type { JSONSchemaProps } from "../../generated/types.ts";
import { isObject } from "../../../base/json.ts";

export type Schema = JSONSchemaProps;

/** The schema of a list's items. */
export function itemsOf(schema: Schema): Schema | undefined {
  return isObject(schema.items) ? (schema.items as Schema) : undefined;
}

/** The schema of a map's values; true: anything. */
export function additionalOf(schema: Schema): Schema | boolean | undefined {
  const { additionalProperties } = schema;
  return isObject(additionalProperties) || typeof additionalProperties === "boolean"
    ? (additionalProperties as Schema | boolean)
    : undefined;
}

export function propertyOf(schema: Schema, name: string): Schema | undefined {
  const { properties } = schema;
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

export const PRESERVES = "x-kubernetes-preserve-unknown-fields";
export const EMBEDDED = "x-kubernetes-embedded-resource";
export const INT_OR_STRING = "x-kubernetes-int-or-string";
export const LIST_TYPE = "x-kubernetes-list-type";
export const LIST_MAP_KEYS = "x-kubernetes-list-map-keys";
export const MAP_TYPE = "x-kubernetes-map-type";
export const RULES = "x-kubernetes-validations";

/** `spec` + `replicas` → `spec.replicas`; the root has no name. */
export function child(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
