/**
 * Which fields of an object can have owners, and which of them a write changed.
 * Upstream: apimachinery pkg/util/managedfields/internal/stripmeta.go, the `GetResetFields` of each strategy.
 */
import type { KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { declaredFields, differences, type Counting } from "../../api/merge/field-differences.ts";
import { steps } from "../../api/merge/field-steps.ts";
import { isEmptySet, LEAF, type FieldSet } from "../../api/merge/field-set.ts";
import { mergeTypeOf, mergeTypeOfResource, type StructType } from "../../api/merge/merge-type.ts";
import { withRequiredFields } from "../required-fields.ts";
import type { FieldChange } from "./managed.ts";

/** The server's own, which nobody owns. */
const SERVERS_METADATA = new Set([
  "creationTimestamp",
  "generation",
  "managedFields",
  "name",
  "namespace",
  "resourceVersion",
  "selfLink",
  "uid",
]);
const EMPTY: FieldSet = Object.freeze({});

/** What is there before a create: structures that Go holds by value are no news. */
const VALUE_STRUCTURES: Readonly<Record<string, object>> = {
  DaemonSet: { spec: { updateStrategy: {} } },
  Deployment: { spec: { strategy: {} } },
  Service: { status: { loadBalancer: {} } },
  StatefulSet: { spec: { updateStrategy: {} } },
};

const blanks = new Map<string, KubeObject>();

export function blankObject(structure: string): KubeObject {
  let blank = blanks.get(structure);
  if (blank === undefined) {
    const parts: object = { status: {}, ...VALUE_STRUCTURES[structure] };
    blank = withRequiredFields(structure, parts) as KubeObject;
    blanks.set(structure, blank);
  }
  return blank;
}

/** Where a write came in: an update of the object leaves its status alone, one of its status the rest. */
export interface Side {
  readonly resource: Resource;
  readonly subresource: string;
}

/** `before` undefined: the object was created. */
export function changeOf(side: Side, before: KubeObject | undefined, after: KubeObject): FieldChange {
  const from = before ?? blankObject(side.resource.structure);
  return { changed: compare(side, from, after, "changed"), removed: compare(side, after, from, "added") };
}

function compare(side: Side, from: KubeObject, to: KubeObject, counting: Counting): FieldSet {
  if (from === to) return EMPTY;
  const type = mergeTypeOfResource(side.resource);
  let found: Record<string, FieldSet> | undefined;
  const before = from as Fields;
  const after = to as Fields;
  for (const key in after) {
    if (after[key] === before[key] || isReset(side, key)) continue;
    const below =
      key === "metadata"
        ? ofMetadata(side, from.metadata, to.metadata, counting)
        : differences(fieldType(type, key), before[key], after[key], counting);
    if (below !== undefined) (found ??= {})[`f:${key}`] = below;
  }
  return found ?? EMPTY;
}

/**
 * True only if the two writes `first` → `middle` → `last` leave the same owners behind as one from `first` to `last` at the
 * time of the second. Of versions of one object, as they are stored.
 */
export function isOneWrite(side: Side, [first, middle, last]: readonly [KubeObject, KubeObject, KubeObject]): boolean {
  if (side.resource.storedAs !== undefined) return false;
  const type = mergeTypeOfResource(side.resource);
  let marks = false;
  const look = (key: string, of: StructType, [a, b, c]: readonly [object, object, object]): boolean => {
    const found = steps(fieldType(of, key), (a as Parts)[key], (b as Parts)[key], (c as Parts)[key]);
    if (found === "onward") marks = true;
    return found !== "detour";
  };
  for (const key in last) {
    if (key === "metadata" || isReset(side, key)) continue;
    if (!look(key, type, [first, middle, last])) return false;
  }
  for (const key in last.metadata) {
    if (SERVERS_METADATA.has(key) || isResetMetadata(side, key)) continue;
    if (!look(key, METADATA, [first.metadata, middle.metadata, last.metadata])) return false;
  }
  return marks;
}

type Parts = Readonly<Record<string, unknown>>;
type Fields = KubeObject & Record<string, unknown>;

const METADATA = mergeTypeOf("ObjectMeta");

function ofMetadata(side: Side, from: object = {}, to: object = {}, counting: Counting): FieldSet | undefined {
  let found: Record<string, FieldSet> | undefined;
  const before = from as Record<string, unknown>;
  const after = to as Record<string, unknown>;
  for (const key in after) {
    if (after[key] === before[key] || SERVERS_METADATA.has(key) || isResetMetadata(side, key)) continue;
    const below = differences(fieldType(METADATA, key), before[key], after[key], counting);
    if (below !== undefined) (found ??= {})[`f:${key}`] = below;
  }
  return found;
}

function fieldType(type: StructType, key: string) {
  return type.field(key) ?? ({ kind: "leaf", json: undefined } as const);
}

function isReset({ resource, subresource }: Side, key: string): boolean {
  if (key === "apiVersion" || key === "kind") return true;
  return subresource === "status" || subresource === "approval"
    ? key === "spec"
    : key === "status" && resource.hasStatus;
}

function isResetMetadata({ subresource }: Side, key: string): boolean {
  return subresource === "status" && key === "labels";
}

/** The fields that an applied configuration claims. */
export function claimedFields(side: Side, applied: Record<string, unknown>): FieldSet {
  const declared = declaredFields(mergeTypeOfResource(side.resource), applied);
  if (declared === undefined || declared === LEAF) return EMPTY;
  const claimed: Record<string, FieldSet> = {};
  for (const element in declared) {
    const key = element.slice(2);
    if (isReset(side, key)) continue;
    const below = key === "metadata" ? claimedMetadata(side, declared[element] as FieldSet) : declared[element];
    if (below !== undefined) claimed[element] = below;
  }
  return claimed;
}

function claimedMetadata(side: Side, declared: FieldSet): FieldSet | undefined {
  const claimed: Record<string, FieldSet> = {};
  for (const element in declared) {
    const key = element.slice(2);
    if (!element.startsWith("f:") || SERVERS_METADATA.has(key) || isResetMetadata(side, key)) continue;
    claimed[element] = declared[element] as FieldSet;
  }
  return isEmptySet(claimed) ? undefined : claimed;
}
