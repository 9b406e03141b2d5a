/**
 * Whether an applied configuration fits its kind, in the words of the merge library.
 * Upstream: structured-merge-diff typed/{validate.go,helpers.go,scalar.go}.
 */
import { isObject } from "../../base/json.ts";
import { elementText } from "./field-set.ts";
import { elementOf } from "./list-items.ts";
import { KEY_DEFAULTS, type LeafType, type ListType, type MergeType } from "./merge-type.ts";

/** `.spec.replica: field not declared in schema`; undefined when it fits. */
export function problemOfApplied(type: MergeType, value: unknown): string | undefined {
  const problems: string[] = [];
  check(type, { value, path: "" }, problems);
  if (problems.length < 2) return problems[0];
  return ["errors:", ...problems.map((problem) => `  ${problem}`)].join("\n");
}

interface Place {
  value: unknown;
  path: string;
}

function check(type: MergeType, { value, path }: Place, problems: string[]): void {
  if (value === null || value === undefined) return;
  const complain = (text: string): void => void problems.push(path === "" ? text : `${path}: ${text}`);
  if (type.kind === "leaf") return checkLeaf(type, { value, path }, { problems, complain });
  if (type.kind === "list") return checkList(type, { value, path }, { problems, complain });
  if (!isObject(value)) return complain(`expected map, got &{${shown(value)}}`);
  for (const key in value) {
    const below = `${path}.${key}`;
    const child = type.kind === "map" ? type.item : type.field(key);
    if (child === undefined) problems.push(`${below}: field not declared in schema`);
    else check(child, { value: value[key], path: below }, problems);
  }
}

interface Complaints {
  problems: string[];
  complain(text: string): void;
}

function checkLeaf(type: LeafType, { value, path }: Place, { problems, complain }: Complaints): void {
  if (type.inside !== undefined) return check(atomicInside(type.inside), { value, path }, problems);
  if (type.json === undefined || typeof value === type.json) return;
  switch (type.json) {
    case "number":
      return complain(`expected numeric (int or float), got ${goTypeName(value)}`);
    case "string":
      return complain(`expected string, got &value.valueUnstructured{Value:${JSON.stringify(value)}}`);
    default:
      return complain(`expected ${type.json}, got &{${shown(value)}}`);
  }
}

/** Items of an atomic list may repeat. */
function atomicInside(type: MergeType): MergeType {
  return type.kind === "list" ? { ...type, keys: ANY_ITEMS } : type;
}

const ANY_ITEMS: readonly string[] = [];

function checkList(type: ListType, { value, path }: Place, { problems, complain }: Complaints): void {
  if (!Array.isArray(value)) return complain(`expected list, got &{${shown(value)}}`);
  const seen = new Set<string>();
  const atomic = type.keys === ANY_ITEMS;
  for (const [index, item] of (value as unknown[]).entries()) {
    const problem = atomic ? undefined : itemProblem(type, item);
    if (problem !== undefined) {
      complain(`element ${index}: ${problem}`);
      continue;
    }
    const element = atomic ? `i:${index}` : elementOf(type, item);
    if (seen.has(element)) complain(`duplicate entries for key ${elementText(element)}`);
    seen.add(element);
    check(type.item, { value: item, path: path + elementText(element) }, problems);
  }
}

function itemProblem({ keys }: ListType, item: unknown): string | undefined {
  if (keys.length === 0) {
    return item === null || typeof item === "object"
      ? "associative list without keys has an element that's a map type"
      : undefined;
  }
  if (item === null) return "associative list with keys may not have a null element";
  if (!isObject(item)) return "associative list with keys may not have non-map elements";
  const missing = keys.filter((key) => (item[key] ?? KEY_DEFAULTS[key]) === undefined);
  if (missing.length < keys.length) return undefined;
  const names = keys.map((key) => JSON.stringify(key)).join(" ");
  return `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`;
}

function goTypeName(value: unknown): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "boolean") return "bool";
  return typeof value === "string" ? "string" : "map[string]interface {}";
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
