/**
 * Values in ASN.1's distinguished encoding: a tag, a length, the content. Source: ITU-T X.690.
 *
 *     02 01 05        →  tag 2 (INTEGER), content [5]
 *     30 03 02 01 05  →  tag 0x30 (SEQUENCE), whose one child is the above
 */
export interface Der {
  readonly tag: number;
  readonly content: readonly number[];
  /** Tag, length and content. */
  readonly whole: readonly number[];
}

export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const OBJECT_ID = 0x06;
export const UTF8_STRING = 0x0c;
export const UTC_TIME = 0x17;
export const GENERALIZED_TIME = 0x18;
export const SEQUENCE = 0x30;
export const SET = 0x31;

export class DerError extends Error {}

export function encodeDer(tag: number, ...parts: readonly (readonly number[])[]): number[] {
  const content = parts.flat();
  const { length } = content;
  if (length < 0x80) return [tag, length, ...content];
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return [tag, 0x80 | digits.length, ...digits, ...content];
}

/** All values that lie one behind the other in `bytes`. Throws a DerError for anything else. */
export function parseAll(bytes: readonly number[]): Der[] {
  const found: Der[] = [];
  for (let at = 0; at < bytes.length;) {
    const value = parseAt(bytes, at);
    found.push(value);
    at += value.whole.length;
  }
  return found;
}

/** The one value that `bytes` are. */
export function parseDer(bytes: readonly number[]): Der {
  const [value, ...rest] = parseAll(bytes);
  if (value === undefined || rest.length > 0) throw new DerError("asn1: structure error: trailing data");
  return value;
}

export function childrenOf(value: Der | undefined, tag = SEQUENCE): Der[] {
  if (value === undefined || value.tag !== tag) throw new DerError("asn1: structure error: tags don't match");
  return parseAll(value.content);
}

function parseAt(bytes: readonly number[], start: number): Der {
  const tag = bytes[start] as number;
  let at = start + 1;
  let length = bytes[at++] ?? -1;
  if (length >= 0x80) {
    let digits = length & 0x7f;
    if (digits > 4) throw new DerError("asn1: structure error: length too large");
    for (length = 0; digits > 0; digits--) length = length * 256 + (bytes[at++] ?? NaN);
  }
  if (!(length >= 0) || at + length > bytes.length) throw new DerError("asn1: syntax error: data truncated");
  return { tag, content: bytes.slice(at, at + length), whole: bytes.slice(start, at + length) };
}
