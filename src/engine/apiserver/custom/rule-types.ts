/** Schemas as CEL's types. Upstream: apiextensions-apiserver pkg/apiserver/schema/cel/model/schemas.go. */
import {
  additionalOf,
  EMBEDDED,
  INT_OR_STRING,
  itemsOf,
  PRESERVES,
  type Schema,
} from "../../api/apiextensions/schema/schema-nodes.ts";
import type { CelObjectType, CelType } from "../cel/index.ts";

const known = new WeakMap<Schema, CelType | "nothing">();
const roots = new WeakMap<Schema, CelType | "nothing">();

const META: CelObjectType = { object: "ObjectMeta", fields: () => ({ name: "string", generateName: "string" }) };

/** Undefined: expressions can't speak of such a value. `isRoot`: a whole object, with apiVersion, kind and metadata. */
export function celTypeOf(schema: Schema, name: string, isRoot: boolean): CelType | undefined {
  const cache = isRoot ? roots : known;
  let type = cache.get(schema);
  if (type === undefined) cache.set(schema, (type = build(schema, name, isRoot) ?? "nothing"));
  return type === "nothing" ? undefined : type;
}

function build(schema: Schema, name: string, isRoot: boolean): CelType | undefined {
  if (schema[INT_OR_STRING] === true) return "dyn";
  switch (schema.type) {
    case "array": {
      const items = itemsOf(schema);
      const item = items && celTypeOf(items, `${name}.idx`, items[EMBEDDED] === true);
      return item && { list: item };
    }
    case "object":
      return buildObject(schema, name, isRoot);
    case "string":
      if (schema.format === "byte") return "bytes";
      if (schema.format === "duration") return "duration";
      return schema.format === "date" || schema.format === "date-time" ? "timestamp" : "string";
    case "boolean":
      return "bool";
    case "number":
      return "double";
    case "integer":
      return "int";
    default:
      return schema[PRESERVES] === true ? "dyn" : undefined;
  }
}

function buildObject(schema: Schema, name: string, isRoot: boolean): CelType | undefined {
  const additional = additionalOf(schema);
  if (typeof additional === "object") {
    const item = celTypeOf(additional, `${name}.value`, additional[EMBEDDED] === true);
    return item && { map: item };
  }
  let fields: Record<string, CelType> | undefined;
  return {
    object: name,
    fields: () => (fields ??= fieldsOf(schema, name, isRoot)),
  };
}

function fieldsOf(schema: Schema, name: string, isRoot: boolean): Record<string, CelType> {
  const fields: Record<string, CelType> = {};
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const type = celTypeOf(property, `${name}.${key.replace(/\W/g, "_")}`, property[EMBEDDED] === true);
    if (type !== undefined) fields[key] = type;
  }
  return isRoot ? { ...fields, apiVersion: "string", kind: "string", metadata: META } : fields;
}
