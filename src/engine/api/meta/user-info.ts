/**
 * Who makes a request. Upstream: apiserver pkg/authentication/user/user.go, pkg/authentication/serviceaccount/util.go.
 * Users are immutable and made once for each client: what the authorizer finds out about one is remembered by identity.
 */
export interface UserInfo {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
  /** The user that acts as this one, when headers or flags ask for impersonation. */
  readonly impersonator?: UserInfo;
}

export const AUTHENTICATED = "system:authenticated";
export const UNAUTHENTICATED = "system:unauthenticated";
/** Who belongs to it may do everything, whatever the RBAC objects say. */
export const MASTERS = "system:masters";
export const NODES_GROUP = "system:nodes";
export const NODE_USER_PREFIX = "system:node:";
const SERVICE_ACCOUNT_PREFIX = "system:serviceaccount:";
const SERVICE_ACCOUNTS_GROUP = "system:serviceaccounts";

const NO_EXTRA: UserInfo["extra"] = {};

/** A user of these groups, and of `system:authenticated`. */
export function userInfo(name: string, ...groups: string[]): UserInfo {
  return { name, uid: "", groups: [...groups, AUTHENTICATED], extra: NO_EXTRA };
}

/** The API server itself, over its loopback connection. */
export const loopbackUser: UserInfo = userInfo("system:apiserver", MASTERS);

/** Who kubeadm's admin.conf identifies. */
export const adminUser: UserInfo = userInfo("kubernetes-admin", "kubeadm:cluster-admins");

export const anonymousUser: UserInfo = {
  name: "system:anonymous",
  uid: "",
  groups: [UNAUTHENTICATED],
  extra: NO_EXTRA,
};

export function nodeUser(node: string): UserInfo {
  return userInfo(`${NODE_USER_PREFIX}${node}`, NODES_GROUP);
}

/** `system:serviceaccount:<namespace>:<name>` */
export function serviceAccountUserName(namespace: string, name: string): string {
  return `${SERVICE_ACCOUNT_PREFIX}${namespace}:${name}`;
}

/** The groups of every account of a namespace. */
export function serviceAccountGroups(namespace: string): string[] {
  return [SERVICE_ACCOUNTS_GROUP, `${SERVICE_ACCOUNTS_GROUP}:${namespace}`];
}

export function serviceAccountUser(
  namespace: string,
  name: string,
  rest: { uid?: string; extra?: UserInfo["extra"] } = {},
): UserInfo {
  const user = userInfo(serviceAccountUserName(namespace, name), ...serviceAccountGroups(namespace));
  return { ...user, uid: rest.uid ?? "", extra: rest.extra ?? NO_EXTRA };
}

/** Namespace and name of the account that a user name means; undefined when it means none. */
export function splitServiceAccountUser(userName: string): { namespace: string; name: string } | undefined {
  if (!userName.startsWith(SERVICE_ACCOUNT_PREFIX)) return undefined;
  const [namespace = "", name = "", ...rest] = userName.slice(SERVICE_ACCOUNT_PREFIX.length).split(":");
  return namespace === "" || name === "" || rest.length > 0 ? undefined : { namespace, name };
}
