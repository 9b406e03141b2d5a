/** `--sort-by`. Upstream: kubectl pkg/cmd/get/sorter.go. */
import { parseQuantityForSort } from "./sortable-quantity.ts";
import { CommandError } from "../errors.ts";
import { findJsonPath, parseJsonPath } from "./jsonpath.ts";

/** Whether some object has a value at the path. */
export function hasField<T>(items: readonly T[], objectOf: (item: T) => unknown, path: string): boolean {
  const parsed = parseJsonPath(path);
  return items.some((item) => findJsonPath(parsed, objectOf(item), { allowMissing: true })[0] !== undefined);
}

/** A stable sort by the field at `path`; items without the field, or with null in it, come first. */
export function sortObjects<T>(items: readonly T[], objectOf: (item: T) => unknown, path: string, given: string): T[] {
  const parsed = parseJsonPath(path);
  const keyed = items.map((item) => ({ item, value: findJsonPath(parsed, objectOf(item), { allowMissing: true })[0] }));
  if (items.length > 0 && keyed.every(({ value }) => value === undefined)) {
    throw new CommandError(`couldn't find any field with path ${JSON.stringify(path)} in the list of objects`);
  }
  for (const { value } of keyed) {
    if (typeof value === "object" && value !== null) {
      throw new CommandError(`unsortable type: ${Array.isArray(value) ? "slice" : "map"} (--sort-by=${given})`);
    }
  }
  return keyed.sort((a, b) => compare(a.value, b.value)).map(({ item }) => item);
}

function compare(a: unknown, b: unknown): number {
  const [hasA, hasB] = [a, b].map((value) => value !== undefined && value !== null);
  if (hasA !== true || hasB !== true) return Number(hasA) - Number(hasB);
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  const left = String(a);
  const right = String(b);
  const leftQuantity = parseQuantityForSort(left);
  const rightQuantity = parseQuantityForSort(right);
  if (leftQuantity !== undefined && rightQuantity !== undefined) return leftQuantity - rightQuantity;
  return naturalCompare(left, right);
}

/** Runs of digits compare as numbers. */
function naturalCompare(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? [];
  const right = b.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const x = left[i] ?? "";
    const y = right[i] ?? "";
    if (x === y) continue;
    if (/^\d/.test(x) && /^\d/.test(y) && Number(x) !== Number(y)) return Number(x) - Number(y);
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}
