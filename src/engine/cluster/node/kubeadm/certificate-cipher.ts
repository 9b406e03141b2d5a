/**
 * How kubeadm locks the files of the secret kubeadm-certs with its certificate key. Upstream: cmd/kubeadm/app/util/crypto.
 *
 * **Simplified:** with a chain of digests in place of AES-GCM; lengths are the same.
 */
import { decodeBase64Bytes, encodeBase64Bytes, utf8Decode, utf8Encode } from "../../../base/base64.ts";
import { sha256 } from "../../../base/digests.ts";

const NONCE = 12;
const TAG = 16;

/** In base64: a nonce, the text, and what shows that the key fits. */
export function seal(key: string, text: string): string {
  const bytes = utf8Encode(text);
  const nonce = digest(`${key} ${text}`).slice(0, NONCE);
  const body = masked(bytes, key, nonce);
  return encodeBase64Bytes([...nonce, ...body, ...tagOf(key, nonce, bytes)]);
}

/** What is wrong with a key whatever it is to open, in Go's words. */
export function keyProblem(key: string): string | undefined {
  const wrong = /[^0-9a-fA-F]/u.exec(key)?.[0];
  const decoding = "error decoding certificate key: encoding/hex:";
  if (wrong !== undefined) {
    const code = (wrong.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    return `${decoding} invalid byte: U+${code} '${wrong}'`;
  }
  if (key.length % 2 === 1) return `${decoding} odd length hex string`;
  if ([32, 48, 64].includes(key.length)) return undefined;
  return `error decoding secret data with provided key: crypto/aes: invalid key size ${key.length / 2}`;
}

/** Undefined: it was locked with another key. */
export function open(key: string, sealed: string): string | undefined {
  const bytes = decodeBase64Bytes(sealed);
  const nonce = bytes.slice(0, NONCE);
  const text = masked(bytes.slice(NONCE, -TAG), key, nonce);
  const fits = tagOf(key, nonce, text).every((byte, at) => byte === bytes[bytes.length - TAG + at]);
  return fits ? utf8Decode(text) : undefined;
}

function masked(bytes: readonly number[], key: string, nonce: readonly number[]): number[] {
  let block: number[] = [];
  return bytes.map((byte, at) => {
    if (at % 32 === 0) block = digest(`${key} ${nonce.join(".")} ${at}`);
    return byte ^ (block[at % 32] as number);
  });
}

function tagOf(key: string, nonce: readonly number[], bytes: readonly number[]): number[] {
  return digest(`${key} ${nonce.join(".")} ${sha256(bytes)}`).slice(0, TAG);
}

function digest(text: string): number[] {
  const hex = sha256(utf8Encode(text));
  return Array.from({ length: 32 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16));
}
