/**
 * What Go's zero values give for free: a required field that a body leaves out is there, and empty. So defaulting and
 * validation can read `spec.containers` of a pod that has none and complain in their own words.
 */
import type { DecodableKind } from "../api/meta/decode.ts";
import { fieldsOf, type Field, type FieldType } from "../api/meta/structure-type.ts";

/** A decoded body with its missing required fields; a custom resource has none that Go would know of. */
export function completeBody<T extends object>(kind: DecodableKind, value: T): T {
  return kind.custom === undefined ? withRequiredFields(kind.structure, value) : value;
}

/** `value` with its missing required fields; the same one when none is missing. */
export function withRequiredFields<T extends object>(structure: string, value: T): T {
  return fill({ kind: "struct", name: structure }, value, true) as T;
}

function fill(type: FieldType, value: unknown, top: boolean): unknown {
  switch (type.kind) {
    case "struct":
      return fillStruct(type.name, value as Readonly<Record<string, unknown>>, top);
    case "list":
      return shared(value as unknown[], (item) => fill(type.item, item, false));
    case "map":
      return fillMap(type.item, value as Readonly<Record<string, unknown>>);
    case "scalar":
      return value;
  }
}

function fillStruct(structure: string, value: Readonly<Record<string, unknown>>, top: boolean): unknown {
  let filled: Record<string, unknown> | undefined;
  for (const field of fieldsOf(structure)?.values() ?? []) {
    const present = value[field.name];
    if (present === undefined && !isValue(field, structure, top)) continue;
    const next = fill(field.type, present ?? zeroOf(field.type), false);
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

function fillMap(item: FieldType, value: Readonly<Record<string, unknown>>): unknown {
  if (item.kind === "scalar") return value;
  let filled: Record<string, unknown> | undefined;
  for (const key in value) {
    const next = fill(item, value[key], false);
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
