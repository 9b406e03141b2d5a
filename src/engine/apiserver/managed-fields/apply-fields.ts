/**
 * Server-side apply: a configuration merged into an object, the fields that its manager no longer applies taken out, and
 * whose the fields are then. Upstream: structured-merge-diff merge/update.go, apimachinery
 * pkg/util/managedfields/internal/{structuredmerge,skipnonapplied,lastappliedmanager,lastappliedupdater,conflict}.go.
 */
import type { KubeObject } from "../../api/meta/object.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import { stableStringify } from "../../base/json.ts";
import { declaredFields } from "../../api/merge/field-differences.ts";
import {
  intersect,
  isEmptySet,
  pathTexts,
  sameSet,
  subtract,
  union,
  type FieldSet,
} from "../../api/merge/field-set.ts";
import { mergeTypeOfResource, type StructType } from "../../api/merge/merge-type.ts";
import { mergeValues, removeFields, withNamedFields } from "../../api/merge/merge-values.ts";
import { afterUpdate, entryOf, isSameManager, withoutFields, type Managed, type ManagerEntry } from "./managed.ts";
import { blankObject, changeOf, claimedFields, type Side } from "./object-fields.ts";
import { formatTime } from "../../base/time.ts";

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
const BEFORE_FIRST_APPLY = "before-first-apply";
/** The one manager whose applies take over what client-side apply had. */
const KUBECTL = "kubectl";
const EMPTY: FieldSet = Object.freeze({});

export interface Application {
  side: Side;
  /** undefined: it will be created. */
  live: KubeObject | undefined;
  managed: Managed;
  applied: Record<string, unknown>;
  manager: string;
  force: boolean;
  now: number;
}

export interface Applied {
  /** Neither decoded nor defaulted. */
  object: Record<string, unknown>;
  managed: Managed;
}

/** Throws the 409 when a field belongs to somebody else and is given another value, unless forced. */
export function applyFields(application: Application): Applied {
  const owned = withFirstOwner(application);
  let result = merge(owned);
  if (result.conflicts.length > 0 && !owned.force) {
    const conflicts = owned.manager === KUBECTL ? withoutAllowed(owned, result.conflicts) : result.conflicts;
    if (conflicts.length > 0) throw conflictError(conflicts);
  }
  if (owned.manager === KUBECTL) result = { ...result, object: withLastApplied(result.object, owned.applied) };
  return result;
}

/** What nobody owns of an object that exists belongs to those who were there before. */
function withFirstOwner(application: Application): Application {
  const { live, managed, side, now } = application;
  if (live === undefined || managed.length > 0) return application;
  const { apiVersion } = side.resource;
  const by = { manager: BEFORE_FIRST_APPLY, operation: "Update", apiVersion, subresource: side.subresource } as const;
  return {
    ...application,
    managed: afterUpdate(managed, { ...by, time: formatTime(now) }, changeOf(side, undefined, live)),
  };
}

interface Conflict {
  entry: ManagerEntry;
  fields: FieldSet;
}

interface Merged extends Applied {
  conflicts: Conflict[];
}

function merge({ side, live, managed, applied, manager, now }: Application): Merged {
  const { apiVersion, structure } = side.resource;
  const type = mergeTypeOfResource(side.resource);
  const before = live ?? blankObject(structure);
  const me = { manager, operation: "Apply", apiVersion, subresource: side.subresource } as const;
  const last = managed.find((entry) => isSameManager(entry, me));
  const claimed = claimedFields(side, applied);
  const others = managed.filter((entry) => entry !== last);
  let object = mergeValues(type, before, applied) as Record<string, unknown>;
  if (last !== undefined) {
    const owned = others.filter((entry) => entry.apiVersion === apiVersion).map(({ fields }) => fields);
    object = prune(type, object, { last: last.fields, owned: [claimed, ...owned] });
  }
  const change = changeOf(side, before, object as KubeObject & Record<string, unknown>);
  const conflicts = others
    .filter((entry) => entry.apiVersion === apiVersion)
    .map((entry) => ({ entry, fields: intersect(entry.fields, change.changed) }))
    .filter(({ fields }) => !isEmptySet(fields));
  const result = withoutFields(others, change, apiVersion);
  const same = isEmptySet(change.changed) && isEmptySet(change.removed);
  const time = same && last !== undefined && sameSet(last.fields, claimed) ? last.time : formatTime(now);
  if (!isEmptySet(claimed)) result.push(entryOf({ ...me, time }, claimed));
  return { object, managed: result, conflicts };
}

/** Takes out what the manager applied last time and doesn't now, and nobody else owns. */
function prune(
  type: StructType,
  merged: Record<string, unknown>,
  { last, owned }: { last: FieldSet; owned: readonly FieldSet[] },
): Record<string, unknown> {
  const named = (set: FieldSet): FieldSet => withNamedFields(type, set);
  const all = (value: unknown): FieldSet => named(declaredFields(type, value) ?? EMPTY);
  const without = (set: FieldSet): Record<string, unknown> =>
    (removeFields(type, merged, set) ?? {}) as Record<string, unknown>;
  const lastNamed = named(last);
  const mergedSet = all(merged);
  const ownedSet = named(owned.reduce(union));
  const kept = without(subtract(mergedSet, union(all(without(lastNamed)), ownedSet)));
  return without(intersect(subtract(mergedSet, all(kept)), lastNamed));
}

/**
 * Conflicts that `kubectl apply --server-side` needn't mind: fields that client-side apply set, by its annotation, and that
 * still have the value that it gave them. As upstream it's all or nothing.
 */
function withoutAllowed({ side, live }: Application, conflicts: Conflict[]): Conflict[] {
  const text = live?.metadata.annotations?.[LAST_APPLIED];
  if (live === undefined || text === undefined || text === "") return conflicts;
  const type = mergeTypeOfResource(side.resource);
  let lastApplied: KubeObject;
  try {
    lastApplied = JSON.parse(text) as KubeObject;
  } catch {
    return conflicts;
  }
  if (typeof lastApplied !== "object" || lastApplied?.apiVersion !== side.resource.apiVersion) return conflicts;
  const { changed, removed } = changeOf(side, lastApplied, live);
  const allowed = subtract(subtract(declaredFields(type, lastApplied) ?? EMPTY, changed), removed);
  return conflicts
    .map(({ entry, fields }) => ({ entry, fields: subtract(fields, allowed) }))
    .filter(({ fields }) => !isEmptySet(fields));
}

function withLastApplied(object: Record<string, unknown>, applied: Record<string, unknown>): Record<string, unknown> {
  const metadata = object["metadata"] as { annotations?: Record<string, string> } | undefined;
  if ((metadata?.annotations?.[LAST_APPLIED] ?? "") === "") return object;
  const said = applied["metadata"] as { annotations?: Record<string, string> } | undefined;
  const { [LAST_APPLIED]: _, ...annotations } = said?.annotations ?? {};
  const plain = said?.annotations === undefined ? applied : { ...applied, metadata: { ...said, annotations } };
  const text = `${stableStringify(plain)}\n`;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata?.annotations, [LAST_APPLIED]: text } } };
}

function conflictError(conflicts: readonly Conflict[]): StatusError {
  const list = conflicts
    .map(({ entry, fields }) => ({ manager: managerText(entry), paths: pathTexts(fields) }))
    .toSorted((a, b) => (a.manager < b.manager ? -1 : 1));
  const causes = list.flatMap(({ manager, paths }) =>
    paths.map((field) => ({ reason: "FieldManagerConflict", message: `conflict with ${manager}`, field })),
  );
  const [first] = list;
  const text =
    causes.length === 1
      ? `Apply failed with 1 conflict: conflict with ${first?.manager}: ${first?.paths[0]}`
      : `Apply failed with ${causes.length} conflicts: ${list
          .flatMap(({ manager, paths }) => [`conflicts with ${manager}:`, ...paths.map((path) => `- ${path}`)])
          .join("\n")}`;
  return new StatusError(409, "Conflict", text, { causes });
}

/** `"kubectl-client-side-apply" using apps/v1` */
function managerText({ manager, operation, apiVersion, subresource }: ManagerEntry): string {
  const name = JSON.stringify(manager) + (subresource === "" ? "" : ` with subresource ${JSON.stringify(subresource)}`);
  return operation === "Update" ? `${name} using ${apiVersion}` : name;
}
