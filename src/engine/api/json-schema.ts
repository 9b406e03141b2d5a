/**
 * One JSON Schema for every kind, for the YAML editor. Which kind a document is decided by `if`/`then` on apiVersion and
 * kind: with `oneOf` the editor would complain about all kinds at once.
 */
import { additionalOf, EMBEDDED, INT_OR_STRING, itemsOf, PRESERVES } from "./apiextensions/schema/schema-nodes.ts";
import type { Descriptions } from "./descriptions.ts";
import type { JSONSchemaProps } from "./generated/types.ts";
import type { Resource } from "./meta/resource.ts";
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

const METADATA = "ObjectMeta";

/** The schema of a document of any kind in `kinds`, or of a `List` of them. */
export function jsonSchema(
  descriptions: Descriptions | undefined = {},
  kinds: readonly Resource[] = resources,
): JsonSchema {
  const definitions: Record<string, JsonSchema> = {};
  const conditions = kinds.map(({ apiVersion, kind, structure, custom }) => {
    addDefinition(custom === undefined ? structure : METADATA, definitions, descriptions);
    return {
      if: {
        properties: { apiVersion: { const: apiVersion }, kind: { const: kind } },
        required: ["apiVersion", "kind"],
      },
      then: custom === undefined ? { $ref: `#/definitions/${structure}` } : customSchema(custom.schema, true),
    };
  });
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    type: "object",
    required: ["apiVersion", "kind"],
    properties: {
      apiVersion: { type: "string", enum: [...new Set(kinds.map(({ apiVersion }) => apiVersion))] },
      kind: { type: "string", enum: [...kinds.map(({ kind }) => kind), "List"] },
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

/** What a definition says of its objects, in the editor's dialect: what is Kubernetes' alone becomes what it means. */
function customSchema(schema: JSONSchemaProps, embedded: boolean): JsonSchema {
  const { description, enum: values, pattern, format, default: preset, required, type } = schema;
  const whole: JsonSchema = Object.fromEntries(
    Object.entries({ description, enum: values, pattern, format, default: preset, required, type }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  if (schema[INT_OR_STRING] === true) whole.type = ["integer", "string"];
  if (schema.nullable === true && typeof whole.type === "string") whole.type = [whole.type, "null"];
  const items = itemsOf(schema);
  if (items !== undefined) whole.items = customSchema(items, items[EMBEDDED] === true);
  const properties = Object.entries(schema.properties ?? {}).map(([name, property]) => [
    name,
    customSchema(property, property[EMBEDDED] === true),
  ]);
  if (embedded) {
    const text = { type: "string" };
    properties.unshift(["apiVersion", text], ["kind", text], ["metadata", { $ref: `#/definitions/${METADATA}` }]);
  }
  if (properties.length > 0) whole.properties = Object.fromEntries(properties);
  const additional = additionalOf(schema);
  if (typeof additional === "object") whole.additionalProperties = customSchema(additional, false);
  else if (properties.length > 0 && additional !== true && schema[PRESERVES] !== true)
    whole.additionalProperties = false;
  return whole;
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
