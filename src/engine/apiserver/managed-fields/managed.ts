/**
 * Who owns which fields of an object, and how an update moves them. Immutable.
 * Upstream: apimachinery pkg/util/managedfields/internal (managedfieldsupdater.go, capmanagers.go, managedfields.go),
 * structured-merge-diff merge/update.go.
 */
import type { ManagedFieldsEntry } from "../../api/generated/types.ts";
import { isObject } from "../../base/json.ts";
import { isEmptySet, isFieldSet, sameSet, sorted, subtract, union, type FieldSet } from "../../api/merge/field-set.ts";

export interface Manager {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  /** Empty for the object itself. */
  readonly subresource: string;
}

export interface ManagerEntry extends Manager {
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

export type Managed = readonly ManagerEntry[];

export const NOBODY: Managed = [];

/** Upstream keeps so many managers that update; the oldest ones become one. */
const MAX_UPDATE_MANAGERS = 10;
const ANCIENT = "ancient-changes";

/** An applier is the same one whatever version it speaks. */
export function isSameManager(a: Manager, b: Manager): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.subresource === b.subresource &&
    (a.operation === "Apply" || a.apiVersion === b.apiVersion)
  );
}

export interface FieldChange {
  /** Added or with another value. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

/**
 * After an update by `by`: it owns what it changed, and nobody what is gone or was changed by another.
 * Simplified: an entry in another version of the kind keeps its fields.
 */
export function afterUpdate(managed: Managed, by: Manager & { time: string }, change: FieldChange): Managed {
  const result = withoutFields(managed, change, by.apiVersion);
  if (isEmptySet(change.changed)) return result;
  const at = result.findIndex((entry) => isSameManager(entry, by));
  const before = at < 0 ? undefined : (result[at] as ManagerEntry).fields;
  const entry = entryOf(by, before === undefined ? change.changed : union(before, change.changed));
  if (at < 0) result.push(entry);
  else result[at] = entry;
  return capped(result);
}

/** What is left to all of them of their fields. */
export function withoutFields(managed: Managed, { changed, removed }: FieldChange, apiVersion: string): ManagerEntry[] {
  const result: ManagerEntry[] = [];
  for (const entry of managed) {
    const fields = entry.apiVersion === apiVersion ? subtract(subtract(entry.fields, changed), removed) : entry.fields;
    if (!isEmptySet(fields)) result.push(sameSet(fields, entry.fields) ? entry : { ...entry, fields });
  }
  return result;
}

export function entryOf(by: Manager & { time: string | undefined }, fields: FieldSet): ManagerEntry {
  const { manager, operation, apiVersion, subresource, time } = by;
  return { manager, operation, apiVersion, subresource, time, fields };
}

function capped(managed: ManagerEntry[]): Managed {
  let updaters = managed.filter(({ operation }) => operation === "Update");
  if (updaters.length <= MAX_UPDATE_MANAGERS) return managed;
  updaters = updaters.toSorted((a, b) =>
    (a.time ?? "") === (b.time ?? "") ? (a.manager < b.manager ? -1 : 1) : (a.time ?? "") < (b.time ?? "") ? -1 : 1,
  );
  let result = managed;
  const buckets = new Map<string, ManagerEntry>();
  for (const entry of updaters) {
    if (result.filter(({ operation }) => operation === "Update").length <= MAX_UPDATE_MANAGERS) break;
    const first = buckets.get(entry.apiVersion);
    if (first === undefined) {
      buckets.set(entry.apiVersion, entry);
      continue;
    }
    const bucket = { ...entry, manager: ANCIENT, subresource: "", fields: union(first.fields, entry.fields) };
    buckets.set(entry.apiVersion, bucket);
    result = [...result.filter((item) => item !== first && item !== entry), bucket];
  }
  return result;
}

export function sameManaged(a: Managed, b: Managed): boolean {
  if (a === b) return true;
  return (
    a.length === b.length &&
    a.every((entry) => {
      const other = b.find((item) => isSameManager(item, entry));
      return other !== undefined && other.apiVersion === entry.apiVersion && sameSet(entry.fields, other.fields);
    })
  );
}

/** As clients see it, appliers first, then by age. */
export function encodeManaged(managed: Managed): ManagedFieldsEntry[] {
  return managed.toSorted(compareEntries).map(({ manager, operation, apiVersion, time, fields, subresource }) => ({
    manager,
    operation,
    apiVersion,
    ...(time !== undefined && { time }),
    fieldsType: "FieldsV1",
    fieldsV1: sorted(fields),
    ...(subresource !== "" && { subresource }),
  }));
}

function compareEntries(a: ManagerEntry, b: ManagerEntry): number {
  const order = (left: string, right: string): number => (left === right ? 0 : left < right ? -1 : 1);
  return (
    order(a.operation, b.operation) ||
    order(a.time ?? "", b.time ?? "") ||
    order(a.manager, b.manager) ||
    order(a.apiVersion, b.apiVersion) ||
    order(a.subresource, b.subresource)
  );
}

/** What a client sent as `metadata.managedFields`; undefined when it can't be read. */
export function decodeManaged(entries: unknown): Managed | undefined {
  if (!Array.isArray(entries)) return undefined;
  const managed: ManagerEntry[] = [];
  for (const entry of entries as unknown[]) {
    if (!isObject(entry)) return undefined;
    const { manager = "", operation, apiVersion = "", time, fieldsType, fieldsV1 = {}, subresource = "" } = entry;
    if ((operation !== "Apply" && operation !== "Update") || fieldsType !== "FieldsV1" || !isFieldSet(fieldsV1)) {
      return undefined;
    }
    if (typeof manager !== "string" || typeof apiVersion !== "string" || typeof subresource !== "string") {
      return undefined;
    }
    const known = typeof time === "string" ? time : undefined;
    managed.push({ manager, operation, apiVersion, subresource, time: known, fields: fieldsV1 });
  }
  return managed;
}

/** `[{}]`: how a client says that nobody shall own anything any more. */
export function isReset(entries: unknown): boolean {
  return Array.isArray(entries) && entries.length === 1 && isObject(entries[0]) && Object.keys(entries[0]).length === 0;
}
