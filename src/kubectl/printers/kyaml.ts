/**
 * JSON values as KYAML: YAML in flow style, strings always in double quotes, keys only where another reading is possible.
 * Upstream: sigs.k8s.io/yaml/kyaml, KEP-5295.
 */
import { isObject } from "../../engine/base/json.ts";

const FOLD = "\\\n";

/** A document with its `---`; ends with a newline. Keys are sorted, as Go's maps are. */
export function toKyaml(value: unknown): string {
  return `---\n${node(value, 0)}\n`;
}

function node(value: unknown, indent: number): string {
  if (Array.isArray(value)) return sequence(value, indent);
  if (isObject(value)) return mapping(value, indent);
  return typeof value === "string" ? quoted(value, indent + 1) : String(value ?? null);
}

function spaces(indent: number): string {
  return "  ".repeat(indent);
}

/** Brackets of structures are put together; a list with any scalar has a line for each item. */
function sequence(list: readonly unknown[], indent: number): string {
  if (list.length === 0) return "[]";
  if (list.every((item) => typeof item === "object" && item !== null)) {
    return `[${list.map((item) => node(item, indent)).join(", ")}]`;
  }
  const lines = list.map((item) => `${spaces(indent + 1)}${node(item, indent + 1)},\n`);
  return `[\n${lines.join("")}${spaces(indent)}]`;
}

function mapping(map: Readonly<Record<string, unknown>>, indent: number): string {
  const keys = Object.keys(map)
    .filter((key) => map[key] !== undefined)
    .sort();
  if (keys.length === 0) return "{}";
  const lines = keys.map((key) => `${spaces(indent + 1)}${keyText(key)}: ${node(map[key], indent + 1)},\n`);
  return `{\n${lines.join("")}${spaces(indent)}}`;
}

function keyText(key: string): string {
  return needsQuotes(key) ? `"${[...key].map(escaped).join("")}"` : key;
}

/** A text of several lines has a line of its own for each, which YAML's folding joins again. */
function quoted(text: string, indent: number): string {
  if (!text.includes("\n")) return `"${[...text].map(escaped).join("")}"`;
  const ended = text.endsWith("\n");
  const lines = (ended ? text.slice(0, -1) : text).split("\n");
  const body = lines.map((line, index) => {
    const newline = ended || index < lines.length - 1 ? "\\n" : "";
    // White space at the beginning would be lost; the column beside it keeps lines aligned.
    const lead = line === "" && newline === "" ? "" : spaces(indent) + (/^\s/.test(line) ? "\\" : " ");
    return `${lead}${[...line].map(escaped).join("")}${newline}${FOLD}`;
  });
  return `"${FOLD}${body.join("")}${spaces(indent)}"`;
}

const UNQUOTED = /^[\p{L}\p{N}_](?:[\p{L}\p{N}_\-./]*[\p{L}\p{N}_])?$/u;
const NULLS_AND_BOOLEANS = /^(?:null|true|t|y|yes|on|false|f|n|no|off|1|0)$/i;
const INTEGER = /^(?:0x[0-9a-f]+|0b[01]+|0o?[0-7]+|[0-9]+)$/i;
const FLOAT = /^(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?|0x[0-9a-f.]+p[-+]?[0-9]+|inf|infinity|nan)$/i;
const DATE = /^[0-9]{4}-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12][0-9]|3[01])$/;

/** Would some reader take it for anything but this text? */
function needsQuotes(key: string): boolean {
  if (!UNQUOTED.test(key) || NULLS_AND_BOOLEANS.test(key) || DATE.test(key)) return true;
  const plain = key.replaceAll("_", "");
  return INTEGER.test(plain) || FLOAT.test(plain);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\0": "\\0",
  "\x1b": "\\e",
  "\x85": "\\N",
  "\xa0": "\\_",
  "\u2028": "\\L",
  "\u2029": "\\P",
};

/** Go prints letters, marks, numbers, punctuation, symbols and the space; the rest is told by number. */
function escaped(character: string): string {
  const known = ESCAPES[character];
  if (known !== undefined) return known;
  if (character === " " || /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  const digits = (length: number): string => code.toString(16).padStart(length, "0");
  if (code < 0x20 || code === 0x7f) return `\\x${digits(2)}`;
  if (code >= 0xd800 && code < 0xe000) return "\\ufffd";
  return code < 0x10000 ? `\\u${digits(4)}` : `\\U${digits(8)}`;
}
