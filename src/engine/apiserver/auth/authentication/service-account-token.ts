/**
 * Tokens that tell who a service account is: what they claim, and whether it still holds. Upstream:
 * pkg/serviceaccount/{claims,legacy}.go.
 */
import type { Node, Pod, Secret, ServiceAccount } from "../../../api/generated/types.ts";
import type { KubeObject } from "../../../api/meta/object.ts";
import { serviceAccountUser } from "../../../api/meta/user-info.ts";
import type { UserInfo } from "../../../api/meta/user-info.ts";
import { decodeBase64 } from "../../../base/base64.ts";
import { isObject } from "../../../base/json.ts";
import { LEGACY, LEGACY_ISSUER, signToken, verifyToken } from "../../../base/json-web-token.ts";
import { parseTime } from "../../../base/time.ts";

/** Set on a secret whose token nobody has used for a year. */
const INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since";
const CLAIMS = "kubernetes.io";
/** A token that a pod gets by itself is good for a year, so that programs that never read it again live on. */
const AUTOMOUNTED_SECONDS = 3607;
const EXTENDED_SECONDS = 365 * 24 * 60 * 60;
/** How long a token outlives the deletion of what it is bound to, in milliseconds. */
const DELETION_LEEWAY = 60_000;

/** What a token is bound to: it ends when that goes. */
export interface Bound {
  readonly pod?: Pod | undefined;
  readonly secret?: Secret | undefined;
  readonly node?: Node | undefined;
  /** The node that a bound pod is on, as far as it is known. */
  readonly nodeName?: string | undefined;
}

export interface TokenTerms extends Bound {
  readonly account: ServiceAccount;
  readonly issuer: string;
  /** Of the API server itself. */
  readonly apiAudiences: readonly string[];
  readonly audiences: readonly string[];
  readonly seconds: number;
  readonly id: string;
  /** Virtual milliseconds. */
  readonly now: number;
}

function reference(object: KubeObject): { name: string; uid: string } {
  return { name: object.metadata.name, uid: object.metadata.uid };
}

export function issueToken(terms: TokenTerms, secret: string): string {
  const { account, audiences, seconds, id, now, pod, node, nodeName } = terms;
  const { namespace = "", name } = account.metadata;
  const issued = Math.floor(now / 1000);
  const extended =
    seconds === AUTOMOUNTED_SECONDS && pod !== undefined && audiences.join() === terms.apiAudiences.join();
  const boundNode = node === undefined ? nodeName && { name: nodeName } : reference(node);
  const claims = {
    aud: audiences,
    exp: issued + (extended ? EXTENDED_SECONDS : seconds),
    iat: issued,
    iss: terms.issuer,
    jti: id,
    [CLAIMS]: {
      namespace,
      ...(boundNode && { node: boundNode }),
      ...(pod && { pod: reference(pod) }),
      ...(terms.secret && { secret: reference(terms.secret) }),
      serviceaccount: reference(account),
      ...(extended && { warnafter: issued + seconds }),
    },
    nbf: issued,
    sub: `system:serviceaccount:${namespace}:${name}`,
  };
  return signToken(claims, secret);
}

/** How a token's claims are checked against what is there. */
export interface TokenWorld {
  readonly now: number;
  /** Of the API server itself: what tokens of old are for. */
  readonly audiences: readonly string[];
  get(resourceId: string, namespace: string, name: string): KubeObject | undefined;
  /** The token that this secret holds is good. */
  noteUse(secret: Secret): void;
}

/** Thrown for a token that was once good, or speaks of something else than what is there. */
export class TokenError extends Error {}

/** A token whose signature is right; its claims hold as long as `userOf` says so. */
export interface KnownToken {
  /** Who it is, at this moment. Throws a TokenError when it isn't good any more. */
  userOf(world: TokenWorld, audiences: readonly string[]): UserInfo;
  /** undefined: for the API server. */
  readonly audiences: readonly string[] | undefined;
  /** Who says so; undefined: the controller that keeps tokens in secrets. */
  readonly issuer: string | undefined;
}

/** undefined: not a token of this cluster. */
export function readToken(token: string, key: string): KnownToken | undefined {
  const claims = verifyToken(token, key);
  if (claims === undefined) return undefined;
  return claims["iss"] === LEGACY_ISSUER ? legacyToken(token, claims) : boundToken(claims);
}

interface BoundClaims {
  namespace: string;
  serviceaccount: { name: string; uid: string };
  pod?: { name: string; uid: string };
  secret?: { name: string; uid: string };
  node?: { name: string; uid?: string };
}

function boundToken(claims: Record<string, unknown>): KnownToken | undefined {
  const own = claims[CLAIMS];
  if (!isObject(own)) return undefined;
  const { namespace, serviceaccount, pod, secret, node } = own as unknown as BoundClaims;
  const { exp, nbf, jti } = claims as { exp: number; nbf: number; jti: string };
  const extra: Record<string, string[]> = { "authentication.kubernetes.io/credential-id": [`JTI=${jti}`] };
  if (node !== undefined && (pod !== undefined || secret === undefined)) {
    extra["authentication.kubernetes.io/node-name"] = [node.name];
    if (node.uid !== undefined) extra["authentication.kubernetes.io/node-uid"] = [node.uid];
  }
  if (pod !== undefined) {
    extra["authentication.kubernetes.io/pod-name"] = [pod.name];
    extra["authentication.kubernetes.io/pod-uid"] = [pod.uid];
  }
  const user = serviceAccountUser(namespace, serviceaccount.name, { uid: serviceaccount.uid, extra });
  const audiences = claims["aud"] as string[];
  return {
    audiences,
    issuer: String(claims["iss"]),
    userOf(world, wanted) {
      if (!audiences.some((audience) => wanted.includes(audience))) {
        throw new TokenError(
          `token audiences ${JSON.stringify(audiences)} is invalid for the target audiences ${JSON.stringify(wanted)}`,
        );
      }
      if (world.now >= exp * 1000) throw new TokenError("service account token has expired");
      if (world.now < nbf * 1000) throw new TokenError("service account token is not valid yet");
      checkAccount(world, { namespace, ...serviceaccount });
      if (secret !== undefined) checkExists(world, "secrets", { namespace, ...secret });
      if (pod !== undefined) checkExists(world, "pods", { namespace, ...pod });
      else if (node?.uid !== undefined) checkExists(world, "nodes", { namespace: "", name: node.name, uid: node.uid });
      return user;
    },
  };
}

function legacyToken(token: string, claims: Record<string, unknown>): KnownToken {
  const namespace = String(claims[`${LEGACY}namespace`]);
  const name = String(claims[`${LEGACY}service-account.name`]);
  const uid = String(claims[`${LEGACY}service-account.uid`]);
  const secretName = String(claims[`${LEGACY}secret.name`]);
  const user = serviceAccountUser(namespace, name, { uid });
  return {
    audiences: undefined,
    issuer: undefined,
    userOf(world, wanted) {
      if (!world.audiences.some((audience) => wanted.includes(audience)))
        throw new TokenError(`token audiences are invalid for the target audiences ${JSON.stringify(wanted)}`);
      const secret = world.get("secrets", namespace, secretName) as Secret | undefined;
      const stored = secret?.data?.["token"];
      if (secret === undefined || stored === undefined || decodeBase64(stored) !== token) {
        throw new TokenError("service account token has been invalidated");
      }
      checkAccount(world, { namespace, name, uid });
      if (secret.metadata.labels?.[INVALID_SINCE] !== undefined) {
        throw new TokenError(
          `the token in secret ${namespace}/${secretName} for service account ${namespace}/${name} has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${INVALID_SINCE}' label from the secret to temporarily allow use of this token`,
        );
      }
      world.noteUse(secret);
      return user;
    },
  };
}

interface Reference {
  namespace: string;
  name: string;
  uid: string;
}

function checkAccount(world: TokenWorld, { namespace, name, uid }: Reference): void {
  const account = world.get("serviceaccounts", namespace, name);
  if (account === undefined || isGone(account, world.now)) {
    throw new TokenError("service account token has been invalidated");
  }
  if (account.metadata.uid !== uid) {
    throw new TokenError(`service account UID (${account.metadata.uid}) does not match claim (${uid})`);
  }
}

function checkExists(world: TokenWorld, resourceId: string, { namespace, name, uid }: Reference): void {
  const object = world.get(resourceId, namespace, name);
  if (object === undefined || object.metadata.uid !== uid || isGone(object, world.now)) {
    throw new TokenError("service account token has been invalidated");
  }
}

function isGone({ metadata }: KubeObject, now: number): boolean {
  return metadata.deletionTimestamp !== undefined && parseTime(metadata.deletionTimestamp) + DELETION_LEEWAY < now;
}
