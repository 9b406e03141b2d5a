/** Roles and RoleBindings of kube-system and kube-public. Upstream: bootstrappolicy/namespace_policy.go. */
import { EVENTS } from "./rule-text.ts";

const CONTROLLER = "system:controller:";
const LOCKING = "system::leader-locking-";

function leaderLocking(component: string): readonly string[] {
  return ["watch core configmaps", `get,update core configmaps = ${component}`];
}

/** By namespace and name. */
export const NAMESPACE_ROLES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "kube-system": {
    "extension-apiserver-authentication-reader": ["read core configmaps = extension-apiserver-authentication"],
    [`${CONTROLLER}bootstrap-signer`]: ["read core secrets"],
    [`${CONTROLLER}cloud-provider`]: ["create,get,list,watch core configmaps"],
    [`${CONTROLLER}token-cleaner`]: ["get,list,watch,delete core secrets", EVENTS],
    [`${LOCKING}kube-controller-manager`]: leaderLocking("kube-controller-manager"),
    [`${LOCKING}kube-scheduler`]: leaderLocking("kube-scheduler"),
  },
  "kube-public": {
    [`${CONTROLLER}bootstrap-signer`]: ["read core configmaps", "update core configmaps = cluster-info", EVENTS],
  },
};

const READER = "extension-apiserver-authentication-reader";

/** By namespace and name: the Role, and the subjects as in `CLUSTER_ROLE_BINDINGS`. */
export const NAMESPACE_ROLE_BINDINGS: Readonly<
  Record<string, Readonly<Record<string, { role: string; subjects: readonly string[] }>>>
> = {
  "kube-system": {
    [`system::${READER}`]: {
      role: READER,
      subjects: ["user:system:kube-controller-manager", "user:system:kube-scheduler"],
    },
    ...leaderBinding("kube-controller-manager"),
    ...leaderBinding("kube-scheduler"),
    ...controllerBinding("bootstrap-signer"),
    ...controllerBinding("cloud-provider"),
    ...controllerBinding("token-cleaner"),
  },
  "kube-public": controllerBinding("bootstrap-signer"),
};

function leaderBinding(component: string) {
  const role = `${LOCKING}${component}`;
  return { [role]: { role, subjects: [`user:system:${component}`, `account:kube-system:${component}`] } };
}

function controllerBinding(name: string) {
  const role = `${CONTROLLER}${name}`;
  return { [role]: { role, subjects: [`account:kube-system:${name}`] } };
}
