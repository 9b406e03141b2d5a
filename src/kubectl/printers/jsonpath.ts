/** kubectl's JSONPath templates: what goes wrong is the command's failure. Upstream: cli-runtime pkg/printers/jsonpath.go. */
import { findJsonPath as find, jsonPathResults } from "../../engine/base/json-path.ts";
import type { JsonPathOptions as BaseOptions } from "../../engine/base/json-path.ts";
import { JsonPathError, parseJsonPath as parse, type TemplateNode } from "../../engine/base/json-path-parser.ts";
import { CommandError } from "../errors.ts";
import { toCompactJson, toJson } from "./json.ts";

export interface JsonPathOptions extends BaseOptions {
  /** Results as JSON arrays. */
  asJson?: boolean;
}

/** Throws a `CommandError` with the reader's complaint. */
export function parseJsonPath(template: string): TemplateNode[] {
  return told(() => parse(template));
}

/** The template's text for `value`, keys in the order that they have. */
export function executeJsonPath(nodes: readonly TemplateNode[], value: unknown, options: JsonPathOptions): string {
  return told(() => jsonPathResults(nodes, value, options))
    .map((found) => (options.asJson === true ? toJson(found, { sorted: false }) : found.map(textOf).join(" ")))
    .join("");
}

/** All values that the template's paths find. */
export function findJsonPath(nodes: readonly TemplateNode[], value: unknown, options: JsonPathOptions): unknown[] {
  return told(() => find(nodes, value, options));
}

function told<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof JsonPathError ? new CommandError(error.message) : error;
  }
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value !== "object") return String(value);
  return toCompactJson(value);
}
