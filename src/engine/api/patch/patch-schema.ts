/**
 * What patching must know of a type: which lists merge, and by which key.
 * Upstream: apimachinery third_party/forked/golang/json/fields.go (LookupPatchMetadata).
 */
import { fieldsOf, type FieldType } from "../meta/structure-type.ts";

export interface PatchField {
  /** The type of the field's value, for what lies below; of a list the type of its items. */
  readonly type: PatchType;
  readonly merges: boolean;
  readonly replaces: boolean;
  readonly retainsKeys: boolean;
  /** "" for lists of scalars. */
  readonly mergeKey: string;
}

export interface PatchType {
  /** Throws a `PatchError` when there is no such field. */
  field(name: string): PatchField;
}

/** A patch that can't be made or applied. The message is upstream's; `kind` says what the server answers. */
export class PatchError extends Error {
  readonly kind: "format" | "unprocessable" | "internal";

  constructor(message: string, kind: PatchError["kind"] = "internal") {
    super(message);
    this.kind = kind;
  }
}

const PLAIN = { merges: false, replaces: false, retainsKeys: false, mergeKey: "" };

const NO_STRUCT: PatchType = {
  field: () => {
    throw new PatchError("merging an object in json but data type is not struct, instead is: interface");
  },
};

/** Whatever is inside merges as plain JSON does: lists are replaced. */
const UNTYPED: PatchType = { field: () => UNTYPED_FIELD };
const UNTYPED_FIELD: PatchField = { type: UNTYPED, ...PLAIN };

const types = new Map<string, PatchType>();

/** The type of a structure of `generated/structure.ts`. */
export function patchTypeOf(structure: string): PatchType {
  let type = types.get(structure);
  if (type === undefined) {
    type = buildType(structure);
    types.set(structure, type);
  }
  return type;
}

function buildType(structure: string): PatchType {
  const known = new Map<string, PatchField>();
  return {
    field(name) {
      let field = known.get(name);
      if (field !== undefined) return field;
      const found = fieldsOf(structure)?.get(name);
      if (found === undefined) {
        throw new PatchError(`unable to find api field in struct ${structure} for the json field "${name}"`);
      }
      const strategies = found.patch?.strategies ?? [];
      field = {
        type: innerType(found.type.kind === "list" ? found.type.item : found.type),
        merges: strategies.includes("merge"),
        replaces: strategies.includes("replace"),
        retainsKeys: strategies.includes("retainKeys"),
        mergeKey: found.patch?.mergeKey ?? "",
      };
      known.set(name, field);
      return field;
    },
  };
}

function innerType(type: FieldType): PatchType {
  if (type.kind === "struct") return patchTypeOf(type.name);
  if (type.kind === "map") {
    const field: PatchField = { type: innerType(type.item), ...PLAIN };
    return { field: () => field };
  }
  return type.kind === "scalar" && type.scalar === "any" ? UNTYPED : NO_STRUCT;
}
