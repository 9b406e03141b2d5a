/**
 * Who a bootstrap token is: what a machine shows that wants to join. Upstream:
 * plugin/pkg/auth/authenticator/token/bootstrap/bootstrap.go, cluster-bootstrap token/api.
 */
import type { Secret } from "../../../api/generated/types.ts";
import { userInfo } from "../../../api/meta/user-info.ts";
import type { UserInfo } from "../../../api/meta/user-info.ts";
import { decodeBase64 } from "../../../base/base64.ts";

/** Its id, and its secret. */
export const BOOTSTRAP_TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
export const BOOTSTRAP_TYPE = "bootstrap.kubernetes.io/token";
export const BOOTSTRAP_NAMESPACE = "kube-system";
const GROUP = "system:bootstrappers";
const EXTRA_GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

export function bootstrapSecretName(id: string): string {
  return `bootstrap-token-${id}`;
}

/** undefined: the secret lets nobody in with that token now. */
export function bootstrapUser(secret: Secret | undefined, token: string, now: number): UserInfo | undefined {
  const [, id = "", key = ""] = BOOTSTRAP_TOKEN.exec(token) ?? [];
  if (secret === undefined || secret.type !== BOOTSTRAP_TYPE || secret.metadata.deletionTimestamp !== undefined) {
    return undefined;
  }
  const value = (field: string): string => decodeBase64(secret.data?.[field] ?? "");
  if (key === "" || value("token-secret") !== key || value("token-id") !== id) return undefined;
  const end = value("expiration");
  // A time that nobody can read counts as over.
  if (end !== "" && !(Date.parse(end) > now)) return undefined;
  if (value("usage-bootstrap-authentication") !== "true") return undefined;
  const extra = value("auth-extra-groups")
    .split(",")
    .map((group) => group.trim())
    .filter((group) => group !== "");
  if (!extra.every((group) => EXTRA_GROUP.test(group))) return undefined;
  return userInfo(`system:bootstrap:${id}`, ...new Set([GROUP, ...extra]));
}
