/**
 * A token that tells who a pod is. Upstream: pkg/kubelet/token (renewal), pkg/serviceaccount/claims.go (its claims).
 *
 * **Simplified:** the kubelet makes it instead of asking the API server's TokenRequest, the account's uid is not in it,
 * and the signature is a checksum: nothing here could tell it from a forged one.
 */
import type { ServiceAccountTokenProjection } from "../api/generated/types.ts";
import { encodeBase64 } from "../base/base64.ts";
import { fnv1a32 } from "../base/hash.ts";
import { parseTime } from "../base/time.ts";
import type { VolumeHost } from "./volume-plugin.ts";

const ISSUER = "https://kubernetes.default.svc.cluster.local";
const DEFAULT_LIFETIME = 3600;
/** A token is renewed when this part of its life has passed. */
const RENEWED_AT = 0.8;
const SIGNATURE_PARTS = 43;

export function serviceAccountToken(source: ServiceAccountTokenProjection, host: VolumeHost): string {
  const { pod, now } = host;
  const { namespace, name, uid, creationTimestamp } = pod.metadata;
  const account = pod.spec.serviceAccountName ?? "default";
  const lifetime = source.expirationSeconds ?? DEFAULT_LIFETIME;
  const issued = issuedAt(Math.floor(parseTime(creationTimestamp) / 1000), Math.floor(now / 1000), lifetime);
  const claims = {
    aud: [source.audience ?? ISSUER],
    exp: issued + lifetime,
    iat: issued,
    iss: ISSUER,
    "kubernetes.io": {
      namespace,
      node: { name: pod.spec.nodeName ?? "" },
      pod: { name, uid },
      serviceaccount: { name: account },
    },
    nbf: issued,
    sub: `system:serviceaccount:${namespace}:${account}`,
  };
  const signed = `${part(JSON.stringify({ alg: "RS256", typ: "JWT" }))}.${part(JSON.stringify(claims))}`;
  return `${signed}.${checksum(signed)}`;
}

/** When the token that is valid now was made: so it is the same each time until it is due for renewal. */
function issuedAt(start: number, now: number, lifetime: number): number {
  const period = Math.max(1, Math.floor(lifetime * RENEWED_AT));
  return start + Math.floor(Math.max(0, now - start) / period) * period;
}

/** Base64 as URLs take it. */
function part(text: string): string {
  return encodeBase64(text).replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_");
}

function checksum(text: string): string {
  let bytes = "";
  let hash = fnv1a32(text);
  for (let i = 0; i < SIGNATURE_PARTS; i++) {
    hash = fnv1a32(String(i), hash);
    bytes += hash.toString(16).padStart(8, "0").slice(0, 6);
  }
  return part(bytes);
}
