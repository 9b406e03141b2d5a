/** Writes protobuf's wire format, one character a byte. Source: protobuf.dev, "Encoding". */
import { utf8Encode } from "../../../base/base64.ts";

/** A field of type string. */
export function text(number: number, value: string): string {
  return message(number, utf8Bytes(value));
}

const PLAIN = /^[\t-~]*$/;

/** Text as the characters that stand for its bytes. */
function utf8Bytes(value: string): string {
  if (PLAIN.test(value)) return value;
  let bytes = "";
  for (const character of value) {
    bytes += character <= "\x7f" ? character : String.fromCharCode(...utf8Encode(character));
  }
  return bytes;
}

/** A field that has a length: bytes, or a message. */
export function message(number: number, content: string): string {
  return varint(number * 8 + 2) + varint(content.length) + content;
}

/** A field of type int64 or bool, not negative. */
export function integer(number: number, value: number): string {
  return varint(number * 8) + varint(value);
}

/** A field of type int32 or int64 of any sign: negative ones are written as 64 bits. */
export function signed(number: number, value: number): string {
  if (value >= 0) return integer(number, value);
  let rest = BigInt.asUintN(64, BigInt(value));
  let bytes = "";
  while (rest >= 128n) {
    bytes += String.fromCharCode(Number(rest & 127n) + 128);
    rest >>= 7n;
  }
  return varint(number * 8) + bytes + String.fromCharCode(Number(rest));
}

export function double(number: number, value: number): string {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return varint(number * 8 + 1) + String.fromCharCode(...bytes);
}

function varint(value: number): string {
  let rest = value;
  let bytes = "";
  while (rest >= 128) {
    bytes += String.fromCharCode((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return bytes + String.fromCharCode(rest);
}
