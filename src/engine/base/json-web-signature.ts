/** A signature beside the text that it signs, with a secret that both sides have. Source: RFC 7515 (HS256, appendix F). */
import { encodeBase64, encodeBase64Bytes, utf8Encode } from "./base64.ts";
import { hmacSha256 } from "./digests.ts";

function forUrl(base64: string): string {
  return base64.replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_");
}

/** `header..signature`; the header names the key by `id`. */
export function detachedSignature(content: string, { id, secret }: { id: string; secret: string }): string {
  const header = forUrl(encodeBase64(JSON.stringify({ alg: "HS256", kid: id })));
  const signed = utf8Encode(`${header}.${forUrl(encodeBase64(content))}`);
  return `${header}..${forUrl(encodeBase64Bytes(hmacSha256(utf8Encode(secret), signed)))}`;
}
