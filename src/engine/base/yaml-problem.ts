/**
 * What is wrong with a YAML text, in go-yaml's words. Its scanner names the line that it stands on, its parser the line
 * before; neither names the first.
 */
import type { YAMLParseError } from "yaml";

/** From the library's complaints, of which there must be one; without the `yaml: ` before it. */
export function yamlProblem(errors: readonly YAMLParseError[], text: string): string {
  const [first, second] = errors;
  if (first === undefined) return "";
  const { code, message } = first;
  const lines = text.split("\n");
  const [start, end] = first.linePos ?? [];
  const line = start?.line ?? 1;
  const scanner = (at: number, why: string): string => (at <= 1 ? why : `line ${at}: ${why}`);
  const parser = (why: string, at = line): string => (at <= 1 ? why : `line ${at - 1}: ${why}`);
  const before = lines[line - 1]?.slice(0, (start?.col ?? 1) - 1) ?? "";
  switch (code) {
    case "TAB_AS_INDENT":
      return scanner(line, tabProblem(lines, line));
    case "BAD_SCALAR_START":
      return scanner(line, "found character that cannot start any token");
    case "BAD_DQ_ESCAPE":
      return scanner(line, "found unknown escape character");
    case "BAD_ALIAS":
      return scanner(line, "did not find expected alphabetic or numeric character");
    case "BLOCK_AS_IMPLICIT_KEY":
      if (message.startsWith("A block sequence")) return parser(NO_KEY);
      return scanner(Math.max(line, ...errors.slice(0, 2).map(({ linePos }) => linePos?.[1]?.line ?? 1)), NO_MAPPING);
    case "MULTILINE_IMPLICIT_KEY":
      if (second?.message.startsWith("Unexpected block-seq-ind") === true) return parser(NO_KEY);
      if (message.includes("flow sequence")) return parser(NO_ITEM, end?.line);
      return scanner(end?.line ?? line, goesOn(lines, line, before) ? NO_MAPPING : NO_COLON);
    case "MISSING_CHAR":
      if (message.startsWith("Missing closing")) return scanner(line, "found unexpected end of stream");
      if (message.includes("flow sequence")) return parser(NO_ITEM);
      if (message.includes("flow map")) return parser(NO_ENTRY);
      if (message.startsWith("Implicit map keys")) return scanner(nextLine(lines, line), NO_COLON);
      return parser(NO_KEY);
    case "UNEXPECTED_TOKEN":
      if (message.startsWith("Unexpected block-seq-ind"))
        return scanner(line, "block sequence entries are not allowed in this context");
      return parser(before.trim() === "" ? NO_DASH : NO_KEY);
    case "BAD_INDENT": {
      if (!message.startsWith("Flow")) return indentProblem(lines, line, parser);
      // The text ends where an item should begin.
      if (/[[{,:]\s*$/.test(text)) return parser("did not find expected node content", end?.line);
      return parser(message.startsWith("Flow sequence") ? NO_ITEM : NO_ENTRY);
    }
    default:
      return scanner(line, message.split("\n")[0] ?? message);
  }
}

const NO_KEY = "did not find expected key";
const NO_DASH = "did not find expected '-' indicator";
const NO_ITEM = "did not find expected ',' or ']'";
const NO_ENTRY = "did not find expected ',' or '}'";
const NO_COLON = "could not find expected ':'";
const NO_MAPPING = "mapping values are not allowed in this context";

function isEmpty(line: string | undefined): boolean {
  return line === undefined || /^\s*(#.*)?$/.test(line);
}

/** Whether the text that begins there takes in the next line too: such a one can't be a key, nor does it have to be. */
function goesOn(lines: readonly string[], line: number, before: string): boolean {
  return /^\s*(-\s+)+$/.test(before) || lines.slice(0, line - 1).every(isEmpty);
}

/** What stands in the column of a list's dashes should have been one of its items. */
function indentProblem(lines: readonly string[], from: number, parser: (why: string, at: number) => string): string {
  const at = lines.findIndex((each, index) => index >= from - 1 && !isEmpty(each));
  const indent = indentOf(lines[at] ?? "");
  const above = lines.slice(0, at).findLast((each) => !isEmpty(each) && indentOf(each) <= indent) ?? "";
  return parser(indentOf(above) === indent && above.trimStart().startsWith("- ") ? NO_DASH : NO_KEY, at + 1);
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** Behind a value that may go on, a tab is in its way; elsewhere it is nothing that could begin. */
function tabProblem(lines: readonly string[], line: number): string {
  const before = lines.slice(0, line - 1).findLast((each) => each.trim() !== "");
  return before === undefined || /[:\-[{,]\s*$/.test(before)
    ? "found character that cannot start any token"
    : "found a tab character that violates indentation";
}

/** The line on which something follows, or the one behind the last. */
function nextLine(lines: readonly string[], line: number): number {
  const next = lines.findIndex((each, index) => index >= line && each.trim() !== "");
  return (next === -1 ? lines.length - 1 : next) + 1;
}
