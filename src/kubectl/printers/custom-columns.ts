/** `-o custom-columns=NAME:.path,…`. Upstream: kubectl pkg/cmd/get/customcolumn.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { CommandError } from "../errors.ts";
import { findJsonPath, parseJsonPath } from "./jsonpath.ts";
import { goText } from "./go-format.ts";
import { plain } from "./go-value.ts";
import { parseRelaxedPath } from "./jsonpath-relaxed.ts";
import { aligned, TABLE_TABS } from "./tab-writer.ts";

export interface CustomColumn {
  header: string;
  path: string;
}

export function parseColumnSpec(spec: string): CustomColumn[] {
  return splitColumns(spec).map((part) => {
    const colon = part.indexOf(":");
    if (colon < 0) {
      throw new CommandError(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    }
    return { header: part.slice(0, colon), path: parseRelaxedPath(part.slice(colon + 1)) };
  });
}

/** Commas inside brackets and parentheses belong to the path. */
function splitColumns(spec: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < spec.length; i++) {
    const character = spec[i] ?? "";
    if ("[(".includes(character)) depth++;
    else if ("])".includes(character)) depth--;
    else if (character === "," && depth === 0) {
      parts.push(spec.slice(from, i));
      from = i + 1;
    }
  }
  return [...parts, spec.slice(from)];
}

/** Two lines: headers, and paths below them. */
export function parseColumnTemplate(text: string): CustomColumn[] {
  const [headers = "", paths = ""] = text.split("\n");
  const names = headers.trim().split(/\s+/);
  const specs = paths.trim().split(/\s+/);
  if (headers.trim() === "")
    throw new CommandError(
      "invalid template, missing header line. Expected format is one line of space separated headers, one line of space separated column specs.",
    );
  if (names.length !== specs.length) {
    throw new CommandError(
      `number of headers (${names.length}) and field specifications (${specs.length}) don't match`,
    );
  }
  return names.map((header, index) => ({ header, path: parseRelaxedPath(specs[index] ?? "") }));
}

export function printColumns(columns: readonly CustomColumn[], object: KubeObject, noHeaders: boolean): string {
  const items = (object as { items?: unknown[] }).items;
  const objects = object.kind.endsWith("List") && items !== undefined ? items : [object];
  const parsed = columns.map((column) => parseJsonPath(column.path));
  const rows = objects.map((entry) =>
    parsed.map((path) => {
      const found = findJsonPath(path, entry, { allowMissing: true });
      return found.length === 0 ? "<none>" : found.map(cellText).join(",");
    }),
  );
  return aligned(noHeaders ? rows : [columns.map((column) => column.header), ...rows], TABLE_TABS);
}

/** Go's `%v`. */
export function cellText(value: unknown): string {
  return goText(plain(value));
}
