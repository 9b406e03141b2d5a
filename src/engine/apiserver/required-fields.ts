/**
 * What Go's zero values give for free: a required field that a body leaves out is there, and empty. So defaulting and
 * validation can read `spec.containers` of a pod that has none and complain in their own words.
 */
import type { DecodableKind } from "../api/meta/decode.ts";
import { fieldsOf, type Field, type FieldType } from "../api/meta/structure-type.ts";

type Values = Readonly<Record<string, unknown>>;

const NOTHING: Values = {};

/**
 * A decoded body with its missing required fields; a custom resource has none that Go would know of. `known`: a complete
 * object of the kind; the parts that the body shares with it are not looked through.
 */
export function completeBody<T extends object>(kind: DecodableKind, value: T, known: object = NOTHING): T {
  if (kind.custom !== undefined) return value;
  return fillStruct(kind.structure, value as Values, known as Values) as T;
}

/** `value` with its missing required fields; the same one when none is missing. */
export function withRequiredFields<T extends object>(structure: string, value: T): T {
  return fillStruct(structure, value as Values, NOTHING) as T;
}

function fill(type: FieldType, value: unknown): unknown {
  switch (type.kind) {
    case "struct":
      return fillStruct(type.name, value as Values);
    case "list":
      return shared(value as unknown[], (item) => fill(type.item, item));
    case "map":
      return fillMap(type.item, value as Values);
    case "scalar":
      return value;
  }
}

/** `known` is there at the top alone. */
function fillStruct(structure: string, value: Values, known?: Values): unknown {
  let filled: Record<string, unknown> | undefined;
  for (const field of fieldsOf(structure)?.values() ?? []) {
    const present = value[field.name];
    if (present === undefined && !isValue(field, structure, known !== undefined)) continue;
    if (present !== undefined && present === known?.[field.name]) continue;
    const next = fill(field.type, present ?? zeroOf(field.type));
    if (next === present || next === undefined) continue;
    filled ??= { ...value };
    filled[field.name] = next;
  }
  return filled ?? value;
}

/** True for a field that Go holds by value: there is always one. */
function isValue(field: Field, structure: string, top: boolean): boolean {
  if (field.type.kind === "struct" && field.type.name === "LabelSelector") return false;
  if (field.required) return true;
  // Metadata and spec of kinds and templates are values, required or not.
  return (field.name === "spec" || field.name === "metadata") && (top || structure.endsWith("TemplateSpec"));
}

function fillMap(item: FieldType, value: Values): unknown {
  if (item.kind === "scalar") return value;
  let filled: Record<string, unknown> | undefined;
  for (const key in value) {
    const next = fill(item, value[key]);
    if (next === value[key]) continue;
    filled ??= { ...value };
    filled[key] = next;
  }
  return filled ?? value;
}

function shared(list: readonly unknown[], change: (item: unknown) => unknown): readonly unknown[] {
  const changed = list.map(change);
  return changed.some((item, index) => item !== list[index]) ? changed : list;
}

/** undefined for scalars that have no plain zero. */
function zeroOf(type: FieldType): unknown {
  if (type.kind === "list") return [];
  if (type.kind !== "scalar") return {};
  if (type.scalar === "string") return "";
  return type.scalar === "int32" || type.scalar === "int64" ? 0 : undefined;
}
