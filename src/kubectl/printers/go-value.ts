/** What a Go template works on: values with the types that Go's JSON reader and template literals give them. */
import { isObject } from "../../engine/base/json.ts";

/** Go's name of a type: `string`, `int64` (of an object), `int` (of the template), `map[string]interface {}`. */
export interface GoValue {
  type: string;
  value: unknown;
  /** Held in an `interface {}`: taken out of a map or a list and not passed through a pipeline since. */
  boxed: boolean;
}

export const LIST = "[]interface {}";
export const MAP = "map[string]interface {}";

/** What stands for nothing: a key that is not there. */
export const NOTHING: GoValue = { type: "<nil>", value: null, boxed: false };

export function isNothing(value: GoValue): boolean {
  return value.value === null;
}

export function plain(value: unknown, type = typeOf(value)): GoValue {
  return value === null || value === undefined ? NOTHING : { type, value, boxed: false };
}

/** An element of a map or a list. */
export function boxed(value: unknown): GoValue {
  return { ...plain(value), boxed: true };
}

export function unboxed(value: GoValue): GoValue {
  return value.boxed ? { ...value, boxed: false } : value;
}

/** Go's type for what JSON says. Simplified: `1.0` is whole, as JavaScript reads it. */
export function typeOf(value: unknown): string {
  if (typeof value === "number") return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? "int64" : "float64";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (Array.isArray(value)) return LIST;
  return isObject(value) ? MAP : "<nil>";
}

export function isWhole(type: string): boolean {
  return type === "int" || type === "int64" || type === "uint8";
}

export function truth({ value }: GoValue): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isObject(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** Go's shortest text of a `float64`: with an exponent below 1e-4 and from 1e6 (`%v` of 1000000.0 is `1e+06`). */
export function goNumber(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return twoDigitExponent(value.toExponential());
  return Object.is(value, -0) ? "-0" : String(value);
}

export function twoDigitExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

/** Upstream: Go strconv.Quote, QuoteToASCII and QuoteRune. */
export function goQuote(text: string, options: { quote?: string; ascii?: boolean } = {}): string {
  const { quote = '"', ascii = false } = options;
  const inner = Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (character === quote) return `\\${quote}`;
    const escape = ESCAPES[character];
    if (escape !== undefined) return escape;
    if (code < 0x7f ? code >= 0x20 : PRINTABLE.test(character) && !ascii) return character;
    if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
    return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
  });
  return `${quote}${inner.join("")}${quote}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
