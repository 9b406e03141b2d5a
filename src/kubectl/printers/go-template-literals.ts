/** Numbers and texts as Go's source writes them. Upstream: Go strconv, text/template/parse/node.go (newNumber). */
import { utf8Decode, utf8Encode } from "../../engine/base/base64.ts";
import { CommandError } from "../errors.ts";
import type { GoValue } from "./go-value.ts";

const SIMPLE: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  "\\": 0x5c,
  "'": 0x27,
  '"': 0x22,
};

const ESCAPE = /^\\(?:([abtnvfr\\'"])|([0-7]{3})|x([\da-fA-F]{2})|(?:u([\da-fA-F]{4})|U([\da-fA-F]{8})))/;

/** `"a\tb"` or a raw text in backquotes. */
export function readQuoted(text: string): string {
  const inner = text.slice(1, -1);
  if (text.startsWith("`")) return inner.replaceAll("\r", "");
  return utf8Decode(unescaped(inner, "'"));
}

/** The bytes of a text; the other kind of quote must not be escaped in it. */
function unescaped(text: string, forbidden: string): number[] {
  const bytes: number[] = [];
  for (let at = 0; at < text.length;) {
    if (text[at] !== "\\") {
      const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
      bytes.push(...utf8Encode(character));
      at += character.length;
      continue;
    }
    const match = ESCAPE.exec(text.slice(at));
    if (match === null || match[1] === forbidden) throw new CommandError("invalid syntax");
    const [whole, simple, octal, byte, short, long] = match;
    const wide = short ?? long;
    if (wide !== undefined) bytes.push(...utf8Encode(characterOf(Number.parseInt(wide, 16))));
    else if (simple !== undefined) bytes.push(SIMPLE[simple] ?? 0);
    else bytes.push(byteOf(octal === undefined ? Number.parseInt(byte ?? "", 16) : Number.parseInt(octal, 8)));
    at += whole.length;
  }
  return bytes;
}

function characterOf(code: number): string {
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) throw new CommandError("invalid syntax");
  return String.fromCodePoint(code);
}

function byteOf(code: number): number {
  if (code > 255) throw new CommandError("invalid syntax");
  return code;
}

/** `0x10`, `017`, `1_000`, `1e3`, `'a'`. */
export function readNumber(text: string): GoValue {
  if (text.startsWith("'")) return { type: "int", value: readCharacter(text), boxed: false };
  if (text.endsWith("i") && !/^[+-]?0[xX]/.test(text)) {
    throw new CommandError(`complex numbers are not supported here: ${JSON.stringify(text)}`);
  }
  const whole = readWhole(text);
  if (whole !== undefined) {
    if (Number.isSafeInteger(Number(whole))) return { type: "int", value: Number(whole), boxed: false };
    const fits = whole >= -(2n ** 63n) && whole < 2n ** 64n;
    throw new CommandError(`${fits ? "numbers beyond 2^53 are not supported here" : "integer overflow"}: "${text}"`);
  }
  const value = Number(goodUnderscores(text) ? text.replaceAll("_", "") : Number.NaN);
  if (!Number.isNaN(value) && !/[.eEpP]/.test(text))
    throw new CommandError(`integer overflow: ${JSON.stringify(text)}`);
  if (Number.isNaN(value) || !/\d/.test(text) || /^[+-]?0[xXoObB]/.test(text)) {
    throw new CommandError(`illegal number syntax: ${JSON.stringify(text)}`);
  }
  return { type: "float64", value, boxed: false };
}

function readCharacter(text: string): number {
  const inner = text.slice(1, -1);
  const byte = /^\\(?:([0-7]{3})|x([\da-fA-F]{2}))$/.exec(inner);
  if (byte !== null) return byteOf(Number.parseInt(byte[1] ?? byte[2] ?? "", byte[1] === undefined ? 16 : 8));
  if (inner === "") throw new CommandError("invalid syntax");
  const characters = Array.from(utf8Decode(unescaped(inner, '"')));
  if (characters.length !== 1) throw new CommandError(`malformed character constant: ${text}`);
  return characters[0]?.codePointAt(0) ?? 0;
}

function readWhole(text: string): bigint | undefined {
  const match = /^([+-]?)(0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+|[1-9][\d_]*|0)$/.exec(text);
  if (match === null || !goodUnderscores(text)) return undefined;
  const digits = (match[2] ?? "").replaceAll("_", "");
  const size = BigInt(/^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return match[1] === "-" ? -size : size;
}

/** They stand between digits, or behind what names the base. */
function goodUnderscores(text: string): boolean {
  return !/__|_$|^[+-]?_|[^\da-fA-FxXoObB_]_|_[^\da-fA-F]/.test(text);
}
