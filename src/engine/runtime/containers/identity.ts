import { fnv1a32 } from "../../base/hash.ts";

/** 64 hex digits that depend on `text` alone: container ids and digests. Not for security. */
export function hex64(text: string): string {
  let out = "";
  let hash = fnv1a32(text);
  for (let word = 0; word < 8; word++) {
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) + word * 0x9e3779b1;
    hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
    hash ^= hash >>> 15;
    for (let byte = 0; byte < 32; byte += 8) out += HEX[(hash >>> byte) & 0xff];
  }
  return out;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
