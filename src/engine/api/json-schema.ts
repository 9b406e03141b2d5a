/**
 * One JSON Schema for every kind, for the YAML editor. Which kind a document is decided by `if`/`then` on apiVersion and
 * kind: with `oneOf` the editor would complain about all kinds at once.
 */
import type { Descriptions } from "./descriptions.ts";
import { fieldsOf, type Field, type FieldType, type Scalar } from "./meta/structure-type.ts";
import { resources } from "./registry.ts";

export type JsonSchema = Record<string, unknown>;

const SCALARS: Record<Scalar, JsonSchema> = {
  string: { type: "string" },
  boolean: { type: "boolean" },
  int32: { type: "integer" },
  int64: { type: "integer" },
  integer: { type: "integer" },
  number: { type: "number" },
  "int-or-string": { type: ["integer", "string"] },
  quantity: { type: ["number", "string"], pattern: "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$" },
  time: { type: "string", format: "date-time" },
  microtime: { type: "string", format: "date-time" },
  bytes: { type: "string" },
  any: {},
};

/** The schema of a document of any registered kind, or of a `List` of them. */
export function jsonSchema(descriptions: Descriptions | undefined = {}): JsonSchema {
  const definitions: Record<string, JsonSchema> = {};
  const conditions = resources.map(({ apiVersion, kind, structure }) => {
    addDefinition(structure, definitions, descriptions);
    return {
      if: {
        properties: { apiVersion: { const: apiVersion }, kind: { const: kind } },
        required: ["apiVersion", "kind"],
      },
      then: { $ref: `#/definitions/${structure}` },
    };
  });
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    type: "object",
    required: ["apiVersion", "kind"],
    properties: {
      apiVersion: { type: "string", enum: [...new Set(resources.map(({ apiVersion }) => apiVersion))] },
      kind: { type: "string", enum: [...resources.map(({ kind }) => kind), "List"] },
    },
    allOf: [
      ...conditions,
      {
        if: { properties: { kind: { const: "List" } }, required: ["kind"] },
        then: { properties: { items: { type: "array", items: { $ref: "#" } } } },
      },
    ],
    definitions,
  };
}

function addDefinition(name: string, definitions: Record<string, JsonSchema>, descriptions: Descriptions): void {
  if (name in definitions) return;
  const fields = fieldsOf(name);
  if (fields === undefined) throw new Error(`no structure named ${name}`);
  const properties: Record<string, JsonSchema> = {};
  const definition: JsonSchema = { type: "object", additionalProperties: false, properties };
  definitions[name] = definition;
  const text = descriptions[name]?.[""];
  if (text !== undefined) definition.description = text;
  const required: string[] = [];
  for (const field of fields.values()) {
    properties[field.name] = fieldSchema(field, descriptions[name]?.[field.name]);
    if (field.required) required.push(field.name);
    for (let type = field.type; ; type = type.item) {
      if (type.kind === "struct") addDefinition(type.name, definitions, descriptions);
      if (type.kind !== "list" && type.kind !== "map") break;
    }
  }
  if (required.length > 0) definition.required = required;
}

function fieldSchema({ type, enumeration }: Field, description: string | undefined): JsonSchema {
  const schema = { ...typeSchema(type, enumeration) };
  if (description === undefined) return schema;
  // Beside a $ref everything else is ignored.
  return "$ref" in schema ? { allOf: [schema], description } : { ...schema, description };
}

function typeSchema(type: FieldType, enumeration: readonly string[] | undefined): JsonSchema {
  switch (type.kind) {
    case "struct":
      return { $ref: `#/definitions/${type.name}` };
    case "list":
      return { type: "array", items: typeSchema(type.item, enumeration) };
    case "map":
      return { type: "object", additionalProperties: typeSchema(type.item, undefined) };
    case "scalar":
      return enumeration === undefined ? SCALARS[type.scalar] : { ...SCALARS[type.scalar], enum: enumeration };
  }
}
