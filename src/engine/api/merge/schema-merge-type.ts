/**
 * What server-side apply must know of a custom resource. Upstream: structured-merge-diff's schema made of a definition's
 * OpenAPI schema.
 */
import {
  additionalOf,
  itemsOf,
  LIST_MAP_KEYS,
  LIST_TYPE,
  MAP_TYPE,
  PRESERVES,
  propertyOf,
  type Schema,
} from "../apiextensions/schema/schema-nodes.ts";
import { mergeTypeOf, type LeafType, type MergeType, type StructType } from "./merge-type.ts";

const ANYTHING: LeafType = { kind: "leaf", json: undefined };

/** The type of whole objects: metadata is as for every kind. */
export function objectMergeType(schema: Schema): StructType {
  const type = structOf(schema);
  return {
    kind: "struct",
    field(name) {
      if (name === "metadata") return mergeTypeOf("ObjectMeta");
      return name === "apiVersion" || name === "kind" ? { kind: "leaf", json: "string" } : type.field(name);
    },
  };
}

function structOf(schema: Schema): StructType {
  const known = new Map<string, MergeType | undefined>();
  return {
    kind: "struct",
    field(name) {
      if (!known.has(name)) {
        const property = propertyOf(schema, name);
        known.set(
          name,
          property === undefined ? (schema[PRESERVES] === true ? ANYTHING : undefined) : typeOf(property),
        );
      }
      return known.get(name);
    },
  };
}

function typeOf(schema: Schema): MergeType {
  switch (schema.type) {
    case "object": {
      const additional = additionalOf(schema);
      const granular: MergeType =
        typeof additional === "object"
          ? { kind: "map", item: typeOf(additional) }
          : additional === true || (schema[PRESERVES] === true && schema.properties === undefined)
            ? { kind: "map", item: ANYTHING }
            : structOf(schema);
      return schema[MAP_TYPE] === "atomic" ? { kind: "leaf", json: "object", inside: granular } : granular;
    }
    case "array": {
      const items = itemsOf(schema);
      const item = items === undefined ? ANYTHING : typeOf(items);
      const listType = schema[LIST_TYPE];
      const keys = listType === "map" ? (schema[LIST_MAP_KEYS] ?? []) : [];
      if (listType === "map" || listType === "set") return { kind: "list", keys, item };
      return { kind: "leaf", json: "array", inside: { kind: "list", keys: [], item } };
    }
    case "string":
    case "boolean":
      return { kind: "leaf", json: schema.type };
    case "integer":
    case "number":
      return { kind: "leaf", json: "number" };
    default:
      return ANYTHING;
  }
}
