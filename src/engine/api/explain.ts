/** What `kubectl explain` says of a kind's fields. Upstream: kubectl pkg/explain/v2 (template plaintext.tmpl). */
import type { Descriptions } from "./descriptions.ts";
import { fieldsOf, type Field, type FieldType, type Scalar } from "./meta/structure-type.ts";

export interface ExplainedField {
  name: string;
  /** As kubectl prints it between angle brackets: `string`, `[]Container`, `map[string]string`. */
  type: string;
  required: boolean;
  enumeration: readonly string[] | undefined;
  description: string;
  /** The structure below, for `--recursive`; undefined for fields that end here. */
  structure: string | undefined;
}

export interface Explanation {
  /** The field asked for; undefined when the kind itself is. */
  field: ExplainedField | undefined;
  description: string;
  /** Empty for a field of a simple type. */
  fields: ExplainedField[];
}

const TYPE_NAMES: Partial<Record<Scalar, string>> = {
  int32: "integer",
  int64: "integer",
  "int-or-string": "IntOrString",
  quantity: "Quantity",
  time: "Time",
  microtime: "MicroTime",
  bytes: "string",
  any: "FieldsV1",
};
/** Names that had to differ in our table, because two groups use one. */
const REAL_NAMES: Readonly<Record<string, string>> = { DiscoveryEndpointPort: "EndpointPort" };

/** `explain("Deployment", ["spec", "strategy"], texts)`; undefined when there is no such field: `field "x" does not exist`. */
export function explain(
  structure: string,
  path: readonly string[],
  descriptions: Descriptions = {},
): Explanation | undefined {
  let current: string | undefined = structure;
  let field: ExplainedField | undefined;
  for (const name of path) {
    const found = current === undefined ? undefined : fieldsOf(current)?.get(name);
    if (found === undefined) return undefined;
    field = explainField(current as string, found, descriptions);
    current = field.structure;
  }
  const own = current === undefined ? "" : (descriptions[current]?.[""] ?? "");
  return {
    field,
    description: [...new Set([field?.description ?? "", own])].filter((text) => text !== "").join("\n"),
    fields: current === undefined ? [] : explainFields(current, descriptions),
  };
}

/** Every field of a structure, in alphabetical order. */
export function explainFields(structure: string, descriptions: Descriptions = {}): ExplainedField[] {
  const fields = [...(fieldsOf(structure)?.values() ?? [])];
  return fields.map((field) => explainField(structure, field, descriptions));
}

function explainField(
  owner: string,
  { name, type, required, enumeration }: Field,
  texts: Descriptions,
): ExplainedField {
  const structure = structureOf(type);
  const own = texts[owner]?.[name];
  // client-node has no text for a field whose type is a structure: the structure's own stands in.
  const description = own ?? (structure === undefined ? "" : (texts[structure]?.[""] ?? ""));
  return { name, type: typeName(type), required, enumeration, description, structure };
}

function structureOf(type: FieldType): string | undefined {
  if (type.kind === "struct") return type.name;
  return type.kind === "scalar" ? undefined : structureOf(type.item);
}

function typeName(type: FieldType): string {
  switch (type.kind) {
    case "list":
      return `[]${typeName(type.item)}`;
    case "map":
      return `map[string]${typeName(type.item)}`;
    case "struct":
      return REAL_NAMES[type.name] ?? type.name;
    case "scalar":
      return TYPE_NAMES[type.scalar] ?? type.scalar;
  }
}
