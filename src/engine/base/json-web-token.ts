/**
 * Signed claims. Source: RFC 7519, RFC 7515.
 * Simplified: the signature is a checksum over what is signed and a secret, in the place of RS256; who verifies it needs
 * the secret.
 */
import { decodeBase64, encodeBase64, encodeBase64Bytes } from "./base64.ts";
import { hash53 } from "./hash.ts";
import { isObject } from "./json.ts";
import { bytesFrom } from "./x509/keys.ts";

const SIGNATURE_BYTES = 256;

/** Base64 as URLs take it. */
function forUrl(base64: string): string {
  return base64.replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_");
}

function signature(signed: string, secret: string): string {
  return forUrl(encodeBase64Bytes(bytesFrom(hash53(`${secret} ${signed}`), SIGNATURE_BYTES)));
}

export function signToken(claims: object, secret: string): string {
  const header = { alg: "RS256", kid: forUrl(encodeBase64Bytes(bytesFrom(`kid ${secret}`, 32))) };
  const signed = `${forUrl(encodeBase64(JSON.stringify(header)))}.${forUrl(encodeBase64(JSON.stringify(claims)))}`;
  return `${signed}.${signature(signed, secret)}`;
}

/** What a token claims; undefined when it is none or was signed with another secret. */
export function verifyToken(token: string, secret: string): Record<string, unknown> | undefined {
  const [header = "", payload = "", sign = "", ...rest] = token.split(".");
  if (rest.length > 0 || sign === "" || sign !== signature(`${header}.${payload}`, secret)) return undefined;
  const claims: unknown = JSON.parse(decodeBase64(payload.replaceAll("-", "+").replaceAll("_", "/")));
  return isObject(claims) ? claims : undefined;
}

export const LEGACY_ISSUER = "kubernetes/serviceaccount";
export const LEGACY = "kubernetes.io/serviceaccount/";

/** The token that a Secret holds: it never ends by itself. Upstream: pkg/serviceaccount/legacy.go. */
export function signLegacyToken(
  subject: { namespace: string; secretName: string; account: string; uid: string },
  secret: string,
): string {
  const { namespace, secretName, account, uid } = subject;
  const claims = {
    iss: LEGACY_ISSUER,
    [`${LEGACY}namespace`]: namespace,
    [`${LEGACY}secret.name`]: secretName,
    [`${LEGACY}service-account.name`]: account,
    [`${LEGACY}service-account.uid`]: uid,
    sub: `system:serviceaccount:${namespace}:${account}`,
  };
  return signToken(claims, secret);
}
