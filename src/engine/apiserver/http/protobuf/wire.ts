/**
 * Protocol buffers' wire format: fields as number, wire type and value. Upstream: protobuf.dev/programming-guides/encoding.
 * Bytes are the characters of a Latin-1 string, as requests carry them through the engine.
 */
import { utf8Decode } from "../../../base/base64.ts";

/** Input that ends too early or has an unknown wire type. */
export class WireError extends Error {}

export interface WireField {
  readonly number: number;
  /** A varint or fixed-size number; the bytes of a string, a message or a packed list. */
  readonly value: bigint | string;
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const MOST_VARINT_BYTES = 10;

/** All fields of one message, in their order. */
export function readFields(bytes: string): WireField[] {
  const reader = new Reader(bytes);
  const fields: WireField[] = [];
  while (!reader.done) {
    const tag = Number(reader.varint());
    fields.push({ number: Math.floor(tag / 8), value: readValue(reader, tag % 8) });
  }
  return fields;
}

/** The numbers of a packed list. */
export function readPacked(bytes: string): bigint[] {
  const reader = new Reader(bytes);
  const values: bigint[] = [];
  while (!reader.done) values.push(reader.varint());
  return values;
}

export function textOf(bytes: string): string {
  const codes: number[] = [];
  for (let at = 0; at < bytes.length; at++) codes.push(bytes.charCodeAt(at));
  return utf8Decode(codes);
}

/** As Go reads an int32 or int64. */
export function signed(value: bigint): number {
  return Number(BigInt.asIntN(64, value));
}

function readValue(reader: Reader, wireType: number): bigint | string {
  switch (wireType) {
    case VARINT:
      return reader.varint();
    case FIXED64:
      return reader.fixed(8);
    case BYTES:
      return reader.take(Number(reader.varint()));
    case FIXED32:
      return reader.fixed(4);
    default:
      throw new WireError(`proto: illegal wireType ${wireType}`);
  }
}

class Reader {
  private readonly bytes: string;
  private at = 0;

  constructor(bytes: string) {
    this.bytes = bytes;
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let count = 0; count < MOST_VARINT_BYTES; count++) {
      const byte = this.take(1).charCodeAt(0);
      value |= BigInt(byte & 0x7f) << BigInt(7 * count);
      if (byte < 0x80) return value;
    }
    throw new WireError("proto: integer overflow");
  }

  /** Little-endian. */
  fixed(size: number): bigint {
    const bytes = this.take(size);
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes.charCodeAt(i) & 0xff);
    return value;
  }

  take(size: number): string {
    const end = this.at + size;
    if (end > this.bytes.length) throw new WireError("unexpected EOF");
    const taken = this.bytes.slice(this.at, end);
    this.at = end;
    return taken;
  }
}
