/** `generated/structure.ts` as a graph that decoding, patching, explain and the editor's schema walk. */
import { keptZeros } from "../generated/kept-zeros.ts";
import { structure } from "../generated/structure.ts";
import { ENUM_FACTS, GO_TYPES, PATCH_FACTS, QUANTITY_FIELDS, type PatchFact } from "./field-facts.ts";

export type Scalar =
  | "string"
  | "boolean"
  | "int32"
  | "int64"
  | "integer"
  | "number"
  | "int-or-string"
  | "quantity"
  | "time"
  | "microtime"
  | "bytes"
  | "any";

export type FieldType =
  | { readonly kind: "scalar"; readonly scalar: Scalar; readonly goType: string }
  | { readonly kind: "list"; readonly item: FieldType }
  | { readonly kind: "map"; readonly item: FieldType }
  | { readonly kind: "struct"; readonly name: string };

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly required: boolean;
  /** True iff "", 0, false, [] or {} is the same as nothing: Go neither stores nor shows it. */
  readonly omitsZero: boolean;
  readonly patch: PatchFact | undefined;
  readonly enumeration: readonly string[] | undefined;
}

export type Fields = ReadonlyMap<string, Field>;

const GO_SCALARS: Readonly<Record<string, string>> = {
  boolean: "bool",
  integer: "int64",
  number: "float64",
  "int-or-string": "intstr.IntOrString",
  quantity: "resource.Quantity",
  time: "v1.Time",
  microtime: "v1.MicroTime",
  bytes: "[]uint8",
  any: "interface {}",
};

const built = new Map<string, Fields>();
const added: Record<string, Readonly<Record<string, string>>> = {};

/** Structures of the files that components are configured with: they are read like any other, and are no part of the API. */
export function addStructures(more: Readonly<Record<string, Readonly<Record<string, string>>>>): void {
  Object.assign(added, more);
}

function structureOf(name: string): Readonly<Record<string, string>> | undefined {
  if (Object.hasOwn(structure, name)) return structure[name];
  return Object.hasOwn(added, name) ? added[name] : undefined;
}

/** Fields of a structure, in the order of Go's struct. Built at first use. Undefined for an unknown name. */
export function fieldsOf(name: string): Fields | undefined {
  let fields = built.get(name);
  if (fields === undefined && structureOf(name) !== undefined) {
    fields = buildFields(name);
    built.set(name, fields);
  }
  return fields;
}

function buildFields(name: string): Fields {
  const fields = new Map<string, Field>();
  const kept = (keptZeros[name] ?? "").split(" ");
  for (const [key, text] of Object.entries(structureOf(name) ?? {})) {
    const required = key.endsWith("!");
    const field = required ? key.slice(0, -1) : key;
    const fact = `${name}.${field}`;
    const type = parseType(text, fact);
    fields.set(field, {
      name: field,
      type,
      required,
      omitsZero: !required && hasPlainZero(type) && !kept.includes(field),
      patch: PATCH_FACTS[fact],
      enumeration: ENUM_FACTS[fact],
    });
  }
  return fields;
}

const OWN_ZERO: ReadonlySet<Scalar> = new Set<Scalar>(["int-or-string", "quantity", "time", "microtime", "any"]);

function hasPlainZero(type: FieldType): boolean {
  return type.kind === "scalar" ? !OWN_ZERO.has(type.scalar) : type.kind !== "struct";
}

function parseType(text: string, fact: string): FieldType {
  if (text.startsWith("[]")) return { kind: "list", item: parseType(text.slice(2), fact) };
  if (text.startsWith("{}")) return { kind: "map", item: parseType(text.slice(2), fact) };
  if (structureOf(text) !== undefined) return { kind: "struct", name: text };
  const scalar = (text === "string" && QUANTITY_FIELDS.has(fact) ? "quantity" : text) as Scalar;
  const goType = (scalar === "string" ? GO_TYPES[fact] : undefined) ?? GO_SCALARS[scalar] ?? scalar;
  return { kind: "scalar", scalar, goType };
}

/** The type as Go's decoder names it: `int32`, `[]v1.Container`, `map[string]string`. */
export function goTypeOf(type: FieldType): string {
  switch (type.kind) {
    case "scalar":
      return type.goType;
    case "list":
      return `[]${goTypeOf(type.item)}`;
    case "map":
      return type.item.kind === "scalar" && type.item.scalar === "quantity"
        ? "v1.ResourceList"
        : `map[string]${goTypeOf(type.item)}`;
    case "struct":
      return goStructure(type.name);
  }
}

/** Structures that carry their group or version because another one has the name: Go has that in the package. */
const QUALIFIED =
  /^(?:Discovery(?=EndpointPort)|Events(?=Event)|Rbac(?=Subject)|Flowcontrol(?=Subject)|Resource(?=ResourceClaim)|Authentication(?=TokenRequest)|Storage(?=TokenRequest)|A(?:dmissionregistration|piextensions|piregistration)(?=ServiceReference|WebhookClientConfig))/;

/** `EventsEvent` → `Event`: the structure's name in its own package. */
export function plainStructureName(name: string): string {
  return name.startsWith("V2") ? name.slice(2) : name.replace(QUALIFIED, "");
}

function goStructure(name: string): string {
  return `${name.startsWith("V2") ? "v2" : "v1"}.${plainStructureName(name)}`;
}
