/**
 * JSON values as YAML text, in the style of sigs.k8s.io/yaml: keys sorted as go-yaml sorts them, lists not indented
 * under their key, plain scalars wherever they read back as the same text, folding beyond 80 columns.
 * Upstream: sigs.k8s.io/yaml/goyaml.v2 (encode.go, emitterc.go).
 */
import { isObject } from "../../engine/base/json.ts";

const BEST_WIDTH = 80;

/** A document without its `---`; ends with a newline. */
export function toYaml(value: unknown): string {
  const out = new Writer();
  writeNode(out, value, { indent: 0, place: "root" });
  return `${out.text}\n`;
}

class Writer {
  text = "";
  column = 0;

  write(text: string): void {
    this.text += text;
    const newline = text.lastIndexOf("\n");
    this.column = newline < 0 ? this.column + [...text].length : [...text.slice(newline + 1)].length;
  }
}

interface Position {
  indent: number;
  place: "root" | "value" | "item";
}

function writeNode(out: Writer, value: unknown, at: Position): void {
  if (Array.isArray(value)) writeList(out, value, at);
  else if (isObject(value)) writeMap(out, value, at);
  else {
    if (at.place !== "root") out.write(" ");
    writeScalar(out, value, at.indent + (at.place === "root" ? 0 : 2));
  }
}

function writeList(out: Writer, list: readonly unknown[], at: Position): void {
  if (list.length === 0) {
    out.write(at.place === "root" ? "[]" : " []");
    return;
  }
  const indent = at.place === "item" ? at.indent + 2 : at.indent;
  list.forEach((item, index) => {
    if (index > 0 || at.place === "value") out.write(`\n${" ".repeat(indent)}`);
    else if (at.place === "item") out.write(" ");
    out.write("-");
    writeNode(out, item === undefined ? null : item, { indent, place: "item" });
  });
}

function writeMap(out: Writer, map: Record<string, unknown>, at: Position): void {
  const keys = Object.keys(map)
    .filter((key) => map[key] !== undefined)
    .sort(compareKeys);
  if (keys.length === 0) {
    out.write(at.place === "root" ? "{}" : " {}");
    return;
  }
  const indent = at.place === "root" ? 0 : at.indent + 2;
  keys.forEach((key, index) => {
    if (index > 0 || at.place === "value") out.write(`\n${" ".repeat(indent)}`);
    else if (at.place === "item") out.write(" ");
    writeKey(out, key, indent);
    const value = map[key];
    writeNode(out, value, { indent, place: "value" });
  });
}

function writeKey(out: Writer, key: string, indent: number): void {
  if ([...key].length > 128 || key.includes("\n")) {
    out.write("? ");
    writeScalar(out, key, indent + 2);
    out.write(`\n${" ".repeat(indent)}:`);
    return;
  }
  const style = styleOf(key);
  if (style === "double") out.write(doubleQuoted(key));
  else if (style === "single") out.write(`'${key.replaceAll("'", "''")}'`);
  else out.write(key);
  out.write(":");
}

function writeScalar(out: Writer, value: unknown, indent: number): void {
  if (typeof value !== "string") {
    out.write(value === null || value === undefined ? "null" : numberText(value));
    return;
  }
  const style = styleOf(value);
  if (style === "literal") writeLiteral(out, value, indent);
  else if (style === "plain") writeFolded(out, value, indent);
  else if (style === "single") writeSingle(out, value, indent);
  else writeDouble(out, value, indent);
}

/** Whole numbers beyond 64 bits are floats; those are printed as Go's `%g` does. */
function numberText(value: unknown): string {
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value) && value < 2 ** 64 && value >= -(2 ** 63)) return String(value);
  const [digits = "", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

/** go-yaml's order: runs of digits compare as numbers, letters come after other characters. Upstream: sorter.go. */
export function compareKeys(left: string, right: string): number {
  const a = [...left];
  const b = [...right];
  for (let i = 0; i < a.length && i < b.length; i++) {
    const x = a[i] ?? "";
    const y = b[i] ?? "";
    if (x === y) continue;
    const xLetter = /\p{L}/u.test(x);
    const yLetter = /\p{L}/u.test(y);
    if (xLetter && yLetter) return x < y ? -1 : 1;
    if (xLetter || yLetter) return yLetter ? -1 : 1;
    return compareDigits(a, b, i);
  }
  return a.length - b.length;
}

function compareDigits(a: readonly string[], b: readonly string[], at: number): number {
  const digit = (text: string | undefined): boolean => text !== undefined && /\p{Nd}/u.test(text);
  let leftNumber = 0;
  let rightNumber = 0;
  let leftEnd = at;
  let rightEnd = at;
  if (a[at] === "0" || b[at] === "0") {
    for (let j = at - 1; j >= 0 && digit(a[j]); j--) {
      if (a[j] !== "0") {
        leftNumber = 1;
        rightNumber = 1;
        break;
      }
    }
  }
  for (; digit(a[leftEnd]); leftEnd++) leftNumber = leftNumber * 10 + Number(a[leftEnd]);
  for (; digit(b[rightEnd]); rightEnd++) rightNumber = rightNumber * 10 + Number(b[rightEnd]);
  if (leftNumber !== rightNumber) return leftNumber - rightNumber;
  if (leftEnd !== rightEnd) return leftEnd - rightEnd;
  return (a[at] ?? "") < (b[at] ?? "") ? -1 : 1;
}

type Style = "plain" | "single" | "double" | "literal";

/** Scalars that YAML 1.1 would not read as text. */
const RESOLVES =
  /^(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE|y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|)$/;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const BASE60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const TIMESTAMP =
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?))?)?$/;

function isNumberText(text: string): boolean {
  const plain = text.replaceAll("_", "");
  if (plain === "" || !/^[-+.0-9]/.test(text)) return false;
  if (/^[-+]?0b[01]+$/.test(plain) || /^[-+]?0o[0-7]+$/i.test(plain) || /^[-+]?0x[0-9a-fA-F]+$/i.test(plain))
    return true;
  if (/^[-+]?[0-9]+$/.test(plain)) return true;
  // Beyond a float's range Go's parser fails, and the text stays plain.
  return FLOAT.test(plain) && Number.isFinite(Number(plain));
}

function styleOf(text: string): Style {
  if (text === "" || RESOLVES.test(text) || isNumberText(text) || BASE60.test(text) || TIMESTAMP.test(text)) {
    return "double";
  }
  if (text === "<<" || text === "=") return "plain";
  const special = /[^\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/.test(text) || /[\ud800-\udfff]/.test(text);
  const multiline = /[\n\x85\u2028\u2029]/.test(text);
  if (multiline) return special || text.includes(" \n") || text.endsWith(" ") ? "double" : "literal";
  if (special) return "double";
  if (/^ | $/.test(text)) return "single";
  return plainAllowed(text) ? "plain" : "single";
}

function plainAllowed(text: string): boolean {
  if (text.startsWith("---") || text.startsWith("...")) return false;
  if (/^[#,[\]{}&*!|>'"%@`]/.test(text)) return false;
  if (/^[?:]/.test(text) && (text.length === 1 || text[1] === " ")) return false;
  if (text[0] === "-" && (text.length === 1 || text[1] === " ")) return false;
  return !/:(?: |$)| #/.test(text);
}

function writeLiteral(out: Writer, text: string, indent: number): void {
  const hint = /^[ \n]/.test(text) ? "2" : "";
  const chomp = !text.endsWith("\n") ? "-" : text === "\n" || text.endsWith("\n\n") ? "+" : "";
  out.write(`|${hint}${chomp}`);
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  for (const line of body.split("\n")) out.write(line === "" ? "\n" : `\n${" ".repeat(indent)}${line}`);
}

/** Breaks at single spaces once the line is wider than the best width. */
function writeFolded(out: Writer, text: string, indent: number): void {
  const parts = [...text];
  let spaces = false;
  parts.forEach((character, index) => {
    if (character === " ") {
      if (!spaces && out.column > BEST_WIDTH && parts[index + 1] !== " " && index > 0 && index < parts.length - 1) {
        out.write(`\n${" ".repeat(indent)}`);
      } else out.write(" ");
      spaces = true;
    } else {
      out.write(character);
      spaces = false;
    }
  });
}

function writeSingle(out: Writer, text: string, indent: number): void {
  out.write("'");
  writeFolded(out, text.replaceAll("'", "''"), indent);
  out.write("'");
}

function writeDouble(out: Writer, text: string, indent: number): void {
  const parts = [...text];
  out.write('"');
  let spaces = false;
  parts.forEach((character, index) => {
    if (character === " ") {
      if (!spaces && out.column > BEST_WIDTH && index > 0 && index < parts.length - 1) {
        out.write(`\n${" ".repeat(indent)}`);
        if (parts[index + 1] === " ") out.write("\\");
      } else out.write(" ");
      spaces = true;
    } else {
      out.write(escaped(character));
      spaces = false;
    }
  });
  out.write('"');
}

function doubleQuoted(text: string): string {
  return `"${[...text].map(escaped).join("")}"`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\x07": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\x1b": "\\e",
  '"': '\\"',
  "\\": "\\\\",
  "\x85": "\\N",
  "\u2028": "\\L",
  "\u2029": "\\P",
};

function escaped(character: string): string {
  const known = ESCAPES[character];
  if (known !== undefined) return known;
  const code = character.codePointAt(0) ?? 0;
  const printable =
    (code >= 0x20 && code <= 0x7e) ||
    (code >= 0xa0 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd && code !== 0xfeff);
  if (printable) return character;
  if (code <= 0xff) return `\\x${code.toString(16).toUpperCase().padStart(2, "0")}`;
  if (code <= 0xffff) return `\\u${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return `\\U${code.toString(16).toUpperCase().padStart(8, "0")}`;
}
