/** kubectl's JSONPath templates on a value. Upstream: client-go util/jsonpath/jsonpath.go. */
import { isObject } from "../../engine/base/json.ts";
import { CommandError } from "../errors.ts";
import { toCompactJson } from "./json.ts";
import type { PathNode, TemplateNode } from "./jsonpath-parser.ts";

export { parseJsonPath } from "./jsonpath-parser.ts";

export interface JsonPathOptions {
  /** Fields that are missing yield nothing instead of an error. */
  allowMissing: boolean;
  /** Results as JSON arrays. */
  asJson?: boolean;
}

/** The template's text for `value`, keys in the order that they have. */
export function executeJsonPath(nodes: readonly TemplateNode[], value: unknown, options: JsonPathOptions): string {
  return results(nodes, value, options)
    .map((found) => (options.asJson === true ? `${JSON.stringify(found, null, 4)}\n` : found.map(textOf).join(" ")))
    .join("");
}

/** All values that the template's paths find. */
export function findJsonPath(nodes: readonly TemplateNode[], value: unknown, options: JsonPathOptions): unknown[] {
  return results(nodes, value, options).flat();
}

function results(nodes: readonly TemplateNode[], value: unknown, options: JsonPathOptions): unknown[][] {
  return nodes.flatMap((node) => {
    if (node.type === "text") return [[node.text]];
    const found = walkAll(node.nodes, [value], options);
    if (node.type === "path") return [found];
    return found.flatMap((item) => results(node.body, item, options));
  });
}

function walkAll(nodes: readonly PathNode[], input: readonly unknown[], options: JsonPathOptions): unknown[] {
  let current = [...input];
  for (const node of nodes) current = walk(node, current, options);
  return current;
}

function walk(node: PathNode, input: readonly unknown[], options: JsonPathOptions): unknown[] {
  switch (node.type) {
    case "text":
      return [node.text];
    case "literal":
      return [node.value];
    case "field":
      return fields(node.name, input, options);
    case "wildcard":
      return input.flatMap(children);
    case "recursive":
      return input.flatMap(descend);
    case "slice":
      return input.flatMap((value) => slice(node, value));
    case "filter":
      return input.flatMap((value) => filter(node, value, options));
    case "union":
      return node.choices.flatMap((choice) => walkAll(choice, input, options));
  }
}

function fields(name: string, input: readonly unknown[], options: JsonPathOptions): unknown[] {
  if (input.length === 0) return [];
  const found = input.flatMap((value) => (isObject(value) && value[name] !== undefined ? [value[name]] : []));
  if (found.length > 0 || options.allowMissing) return found;
  throw new CommandError(`${name} is not found`);
}

function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

function descend(value: unknown): unknown[] {
  const below = children(value);
  return below.length === 0 ? [] : [value, ...below.flatMap(descend)];
}

function slice(node: PathNode & { type: "slice" }, value: unknown): unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw new CommandError(`${goType(value)} is not array or slice`);
  const { length } = value;
  let start = node.start ?? 0;
  let end = node.end ?? length;
  if (start < 0) start += length;
  if (end < 0 || (end === 0 && node.single)) end += length;
  if (start === end) return [];
  if (start >= length || start < 0) {
    throw new CommandError(`array index out of bounds: index ${start}, length ${length}`);
  }
  if (end > length || end < 0) {
    throw new CommandError(`array index out of bounds: index ${end - 1}, length ${length}`);
  }
  if (start > end) throw new CommandError(`starting index ${start} is greater than ending index ${end}`);
  if (node.step !== undefined && node.step <= 0) throw new CommandError("step must be > 0");
  const step = node.step ?? 1;
  return value.slice(start, end).filter((_, index) => index % step === 0);
}

function filter(node: PathNode & { type: "filter" }, value: unknown, options: JsonPathOptions): unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw new CommandError(`${goType(value)} is not array or slice and cannot be filtered`);
  return value.filter((item) => {
    if (node.operator === "exists") {
      return walkAll(node.left, [item], { ...options, allowMissing: true }).length > 0;
    }
    const lefts = walkAll(node.left, [item], options);
    if (lefts.length === 0) return false;
    const rights = walkAll(node.right, [item], options);
    if (rights.length === 0) return false;
    if (lefts.length > 1 || rights.length > 1) throw new CommandError("can only compare one element at a time");
    return compare(lefts[0], node.operator, rights[0]);
  });
}

function compare(left: unknown, operator: string, right: unknown): boolean {
  if (typeof left !== typeof right) throw new CommandError("incompatible types for comparison");
  const a = left as number;
  const b = right as number;
  switch (operator) {
    case "==":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
    default:
      throw new CommandError(`unrecognized filter operator ${operator}`);
  }
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (isObject(value)) return "map[string]interface {}";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "boolean" ? "bool" : "string";
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value !== "object") return String(value);
  return toCompactJson(value);
}
