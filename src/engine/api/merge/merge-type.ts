/**
 * What server-side apply must know of a type: which maps and lists have owners for their parts, and by what an item of a
 * list is known. Upstream: structured-merge-diff's schema, made of the `x-kubernetes-…` extensions of the OpenAPI document.
 */
import { ATOMIC_FIELDS, ATOMIC_STRUCTURES, GRANULAR_FIELDS, LIST_MAP_KEYS, SET_LISTS } from "../meta/list-facts.ts";
import { fieldsOf, type Scalar } from "../meta/structure-type.ts";
import type { FieldType } from "../meta/structure-type.ts";

export type MergeType = LeafType | StructType | MapType | ListType;

/** Owned as a whole: a scalar, an atomic list, map or structure, or a value that nothing is known of. */
export interface LeafType {
  readonly kind: "leaf";
  /** What JSON must be there; undefined: anything. */
  readonly json: "string" | "number" | "boolean" | "array" | "object" | undefined;
  /** Of an atomic value that is checked all the same. */
  readonly inside?: MergeType;
}

export interface StructType {
  readonly kind: "struct";
  /** undefined for a name that the structure doesn't have. */
  field(name: string): MergeType | undefined;
}

export interface MapType {
  readonly kind: "map";
  readonly item: MergeType;
}

export interface ListType {
  readonly kind: "list";
  /** The fields that tell items apart; empty for a set of scalars. */
  readonly keys: readonly string[];
  readonly item: MergeType;
}

/** Values of keys that an item may leave out. */
export const KEY_DEFAULTS: Readonly<Record<string, string>> = { protocol: "TCP" };

const structures = new Map<string, StructType>();

/** The type of a structure of `generated/structure.ts`. */
export function mergeTypeOf(structure: string): StructType {
  let type = structures.get(structure);
  if (type === undefined) structures.set(structure, (type = buildStruct(structure)));
  return type;
}

/** The type of a resource's objects; a custom one brings its own. */
export function mergeTypeOfResource(resource: {
  readonly structure: string;
  readonly custom?: { readonly mergeType: StructType };
}): StructType {
  return resource.custom?.mergeType ?? mergeTypeOf(resource.structure);
}

function buildStruct(structure: string): StructType {
  const known = new Map<string, MergeType>();
  return {
    kind: "struct",
    field(name) {
      let type = known.get(name);
      if (type !== undefined) return type;
      const field = fieldsOf(structure)?.get(name);
      if (field === undefined) return undefined;
      type = buildField(field.type, `${structure}.${name}`);
      known.set(name, type);
      return type;
    },
  };
}

function buildField(type: FieldType, fact: string): MergeType {
  const granular = granularType(type, fact);
  const atomic =
    ATOMIC_FIELDS.has(fact) ||
    (type.kind === "struct" && ATOMIC_STRUCTURES.has(type.name) && !GRANULAR_FIELDS.has(fact));
  return atomic && granular.kind !== "leaf" ? { kind: "leaf", json: "object", inside: granular } : granular;
}

function granularType(type: FieldType, fact: string): MergeType {
  switch (type.kind) {
    case "struct":
      return mergeTypeOf(type.name);
    case "map":
      return { kind: "map", item: itemType(type.item, fact) };
    case "list": {
      const item = itemType(type.item, fact);
      const keys = SET_LISTS.has(fact) ? [] : LIST_MAP_KEYS[fact];
      const list: ListType = { kind: "list", keys: keys ?? [], item };
      return keys === undefined ? { kind: "leaf", json: "array", inside: list } : list;
    }
    case "scalar":
      return { kind: "leaf", json: jsonOf(type.scalar) };
  }
}

function itemType(type: FieldType, fact: string): MergeType {
  const granular = granularType(type, fact);
  const atomic = type.kind === "struct" && (ATOMIC_STRUCTURES.has(type.name) || type.name === "OwnerReference");
  return atomic ? { kind: "leaf", json: "object", inside: granular } : granular;
}

function jsonOf(scalar: Scalar): LeafType["json"] {
  switch (scalar) {
    case "boolean":
      return "boolean";
    case "int32":
    case "int64":
    case "integer":
    case "number":
      return "number";
    case "string":
    case "time":
    case "microtime":
    case "bytes":
      return "string";
    default:
      return undefined;
  }
}
