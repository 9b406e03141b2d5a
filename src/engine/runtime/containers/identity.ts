import { fnv1a32 } from "../../base/hash.ts";
import { textOf, writeHex } from "../../base/hex.ts";

/** 64 hex digits that depend on `text` alone: container ids and digests. Not for security. */
export function hex64(text: string): string {
  let hash = fnv1a32(text);
  for (let word = 0; word < 8; word++) {
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) + word * 0x9e3779b1;
    hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
    hash ^= hash >>> 15;
    for (let byte = 0; byte < 4; byte++) writeHex(codes, word * 8 + byte * 2, (hash >>> (byte * 8)) & 0xff, 2);
  }
  return textOf(codes);
}

/** Written over for each text. */
const codes = Array.from({ length: 64 }, () => 0);
