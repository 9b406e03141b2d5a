/**
 * Strategic merge as kustomize does it: like the API server's, but the patch's items of a list come first.
 * Upstream: kustomize kyaml/yaml/merge2 with ListIncreaseDirection prepend.
 */
import { type PatchType, PatchError, patchTypeOf } from "../../engine/api/patch/patch-schema.ts";
import { structure } from "../../engine/api/generated/structure.ts";
import { isObject } from "../../engine/base/json.ts";

type Fields = Record<string, unknown>;

/** Undefined: the patch deletes the object. */
export function mergePatch(kind: string, original: object, patch: object): object | undefined {
  const type = structure[kind] === undefined ? undefined : patchTypeOf(kind);
  return mergeObject(original as Fields, patch as Fields, type) as object | undefined;
}

function mergeObject(original: Fields, patch: Fields, type: PatchType | undefined): Fields | undefined {
  const directive = patch["$patch"];
  if (directive === "delete") return undefined;
  const { $patch: _, $retainKeys: __, ...changes } = patch;
  if (directive === "replace") return changes;
  const result: Fields = { ...original };
  for (const [key, value] of Object.entries(changes)) {
    if (key.startsWith("$setElementOrder/") || key.startsWith("$deleteFromPrimitiveList/")) continue;
    if (value === null) delete result[key];
    else {
      const merged = mergeValue(result[key], value, { key, type });
      if (merged === undefined) delete result[key];
      else result[key] = merged;
    }
  }
  return result;
}

function mergeValue(original: unknown, value: unknown, at: { key: string; type: PatchType | undefined }): unknown {
  const field = fieldOf(at);
  if (isObject(value)) return mergeObject(isObject(original) ? original : {}, value, field?.type);
  if (!Array.isArray(value)) return value;
  const items = value as unknown[];
  if (items.some((item) => isObject(item) && item["$patch"] === "replace" && Object.keys(item).length === 1)) {
    return items.filter((item) => !(isObject(item) && item["$patch"] === "replace"));
  }
  if (field?.merges !== true || !Array.isArray(original)) return withoutDeletions(items);
  return mergeList(original as unknown[], items, field);
}

function fieldOf({
  key,
  type,
}: {
  key: string;
  type: PatchType | undefined;
}): ReturnType<PatchType["field"]> | undefined {
  try {
    return type?.field(key);
  } catch (error) {
    if (error instanceof PatchError) return undefined;
    throw error;
  }
}

function withoutDeletions(items: readonly unknown[]): unknown[] {
  return items.filter((item) => !(isObject(item) && item["$patch"] === "delete"));
}

function mergeList(
  original: readonly unknown[],
  items: readonly unknown[],
  field: ReturnType<PatchType["field"]>,
): unknown[] {
  const { mergeKey } = field;
  if (mergeKey === "") return [...items.filter((item) => !original.includes(item)), ...original];
  let rest = [...original];
  const first: unknown[] = [];
  for (const item of items) {
    if (!isObject(item)) continue;
    // Ports of one number differ by protocol.
    const same = (other: unknown): boolean =>
      isObject(other) &&
      other[mergeKey] === item[mergeKey] &&
      (item["protocol"] === undefined || other["protocol"] === undefined || other["protocol"] === item["protocol"]);
    const known = rest.find(same);
    rest = rest.filter((other) => other !== known);
    if (item["$patch"] === "delete") continue;
    first.push(mergeObject(isObject(known) ? known : {}, item, field.type));
  }
  return [...first, ...rest];
}
