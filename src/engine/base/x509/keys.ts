/**
 * Keys in the shape of RSA keys.
 * Simplified: the modulus is any number, and what is signed with a key is signed with a checksum: nothing here could
 * keep a real secret.
 */
import { fnv1a32 } from "../hash.ts";
import { BIT_STRING, childrenOf, encodeDer, INTEGER, OBJECT_ID, OCTET_STRING, parseDer, SEQUENCE } from "./der.ts";
import type { Der } from "./der.ts";
import { decodePem, encodePem } from "./pem.ts";

const RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const NULL = [0x05, 0x00];
const EXPONENT = encodeDer(INTEGER, [1, 0, 1]);
const USUAL_BITS = 2048;

/** `count` bytes that follow from a text. */
export function bytesFrom(text: string, count: number): number[] {
  const bytes: number[] = [];
  let hash = fnv1a32(text);
  while (bytes.length < count) {
    hash = fnv1a32(String(bytes.length), hash);
    bytes.push((hash >>> 16) & 0xff);
  }
  return bytes;
}

function modulusFrom(seed: string, size: number): number[] {
  const bytes = bytesFrom(seed, size);
  // The first bit set: no bit less than asked for; the last one too, as products of odd primes have it.
  return [0, (bytes[0] as number) | 0x80, ...bytes.slice(1, -1), (bytes.at(-1) as number) | 1];
}

const algorithm = (): number[] => encodeDer(SEQUENCE, encodeDer(OBJECT_ID, RSA), NULL);

/** A private key (PKCS #8) of so many bits that follows from `seed`, as PEM. */
export function newPrivateKey(seed: string, bits = USUAL_BITS): string {
  const size = bits / 8;
  const numbers = ["d", "p", "q", "dp", "dq", "qi"].map((part, at) => {
    const bytes = bytesFrom(`${seed} ${part}`, at === 0 ? size : size / 2);
    return encodeDer(INTEGER, [(0x5a & (bytes[0] as number)) | 1, ...bytes.slice(1)]);
  });
  const zero = encodeDer(INTEGER, [0]);
  const key = encodeDer(SEQUENCE, zero, encodeDer(INTEGER, modulusFrom(seed, size)), EXPONENT, ...numbers);
  return encodePem({
    type: "PRIVATE KEY",
    bytes: encodeDer(SEQUENCE, zero, algorithm(), encodeDer(OCTET_STRING, key)),
  });
}

/** SubjectPublicKeyInfo of the key pair that `pem` is the private half of; undefined when it is no RSA private key. */
export function publicKeyOf(pem: string): number[] | undefined {
  const block = decodePem(pem);
  if (block === undefined || !block.type.endsWith("PRIVATE KEY")) return undefined;
  try {
    let numbers = childrenOf(parseDer(block.bytes));
    if (block.type === "PRIVATE KEY") numbers = childrenOf(parseDer((numbers[2] as Der).content));
    const modulus = numbers[1] as Der;
    const key = encodeDer(SEQUENCE, modulus.whole, (numbers[2] as Der).whole);
    return encodeDer(SEQUENCE, algorithm(), encodeDer(BIT_STRING, [0], key));
  } catch {
    return undefined;
  }
}
