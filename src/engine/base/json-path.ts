/** JSONPath templates on a value. Upstream: client-go util/jsonpath/jsonpath.go. */
import { JsonPathError, type PathNode, type TemplateNode } from "./json-path-parser.ts";
import { isObject } from "./json.ts";

export interface JsonPathOptions {
  /** Fields that are missing yield nothing instead of an error. */
  allowMissing: boolean;
}

/** All values that the template's paths find. */
export function findJsonPath(nodes: readonly TemplateNode[], value: unknown, options: JsonPathOptions): unknown[] {
  return jsonPathResults(nodes, value, options).flat();
}

/** What each part of the template finds; text finds itself. */
export function jsonPathResults(nodes: readonly TemplateNode[], value: unknown, options: JsonPathOptions): unknown[][] {
  return nodes.flatMap((node) => {
    if (node.type === "text") return [[node.text]];
    const found = walkAll(node.nodes, [value], options);
    if (node.type === "path") return [found];
    return found.flatMap((item) => jsonPathResults(node.body, item, options));
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
    case "identifier":
      throw new JsonPathError(
        node.name === "end" ? "not in range, nothing to end" : `unrecognized identifier ${node.name}`,
      );
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
  throw new JsonPathError(`${name} is not found`);
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
  if (!Array.isArray(value)) throw new JsonPathError(`${goType(value)} is not array or slice`);
  const { length } = value;
  let start = node.start ?? 0;
  let end = node.end ?? length;
  if (start < 0) start += length;
  if (end < 0 || (end === 0 && node.single)) end += length;
  if (start === end) return [];
  if (start >= length || start < 0) {
    throw new JsonPathError(`array index out of bounds: index ${start}, length ${length}`);
  }
  if (end > length || end < 0) {
    throw new JsonPathError(`array index out of bounds: index ${end - 1}, length ${length}`);
  }
  if (start > end) throw new JsonPathError(`starting index ${start} is greater than ending index ${end}`);
  if (node.step !== undefined && node.step <= 0) throw new JsonPathError("step must be > 0");
  const step = node.step ?? 1;
  return value.slice(start, end).filter((_, index) => index % step === 0);
}

function filter(node: PathNode & { type: "filter" }, value: unknown, options: JsonPathOptions): unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw new JsonPathError(`${goType(value)} is not array or slice and cannot be filtered`);
  return value.filter((item) => {
    if (node.operator === "exists") {
      return walkAll(node.left, [item], { ...options, allowMissing: true }).length > 0;
    }
    const lefts = walkAll(node.left, [item], options);
    if (lefts.length === 0) return false;
    const rights = walkAll(node.right, [item], options);
    if (rights.length === 0) return false;
    if (lefts.length > 1 || rights.length > 1) throw new JsonPathError("can only compare one element at a time");
    if (kindOf(lefts[0], node.left) !== kindOf(rights[0], node.right)) {
      throw new JsonPathError("incompatible types for comparison");
    }
    return compare(lefts[0], node.operator, rights[0]);
  });
}

/** Whole numbers and others don't compare. `nodes`: what found the value. */
function kindOf(value: unknown, nodes: readonly PathNode[]): string {
  if (typeof value !== "number") return typeof value;
  const last = nodes.at(-1);
  const whole = last?.type === "literal" ? last.float !== true : Number.isInteger(value);
  return whole ? "whole number" : "number";
}

function compare(left: unknown, operator: string, right: unknown): boolean {
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
      throw new JsonPathError(`unrecognized filter operator ${operator}`);
  }
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (isObject(value)) return "map[string]interface {}";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "boolean" ? "bool" : "string";
}
