/** The RBAC objects that every cluster begins with, made from the tables beside this file. */
import type { ClusterRole, ClusterRoleBinding, RbacSubject, Role, RoleBinding } from "../../../api/generated/types.ts";
import type { Draft } from "../../../api/meta/object.ts";
import { AGGREGATED, AGGREGATES_TO, CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES } from "./cluster-roles.ts";
import { CONTROLLER_ROLES } from "./controller-roles.ts";
import { NAMESPACE_ROLE_BINDINGS, NAMESPACE_ROLES } from "./namespace-roles.ts";
import { rules } from "./rule-text.ts";

const GROUP = "rbac.authorization.k8s.io";
const AUTO_UPDATE = { "rbac.authorization.kubernetes.io/autoupdate": "true" };
const BOOTSTRAPPING = { "kubernetes.io/bootstrapping": "rbac-defaults" };

export interface BootstrapPolicy {
  clusterRoles: Draft<ClusterRole>[];
  clusterRoleBindings: Draft<ClusterRoleBinding>[];
  roles: Draft<Role>[];
  roleBindings: Draft<RoleBinding>[];
}

/** `rbac.authorization.k8s.io/aggregate-to-view` */
export function aggregationLabel(role: string): string {
  return `${GROUP}/aggregate-to-${role}`;
}

/** `user:jane`, `group:devs`, `account:<namespace>:<name>` */
export function subject(text: string): RbacSubject {
  const colon = text.indexOf(":");
  const name = text.slice(colon + 1);
  if (text.startsWith("user:")) return { apiGroup: GROUP, kind: "User", name };
  if (text.startsWith("group:")) return { apiGroup: GROUP, kind: "Group", name };
  const [namespace = "", account = ""] = name.split(":");
  return { kind: "ServiceAccount", name: account, namespace };
}

export function clusterRoleBinding(name: string, role: string, subjects: readonly string[]): Draft<ClusterRoleBinding> {
  return {
    metadata: { name },
    roleRef: { apiGroup: GROUP, kind: "ClusterRole", name: role },
    subjects: subjects.map(subject),
  };
}

function metadata(name: string, labels: Record<string, string> = {}) {
  return { name, annotations: AUTO_UPDATE, labels: { ...BOOTSTRAPPING, ...labels } };
}

function clusterRole(name: string, lines: readonly string[]): Draft<ClusterRole> {
  const into = AGGREGATES_TO[name];
  const labels = into === undefined ? {} : { [aggregationLabel(into)]: "true" };
  if (!AGGREGATED.includes(name)) return { metadata: metadata(name, labels), rules: rules(lines) };
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { [aggregationLabel(name)]: "true" } }] };
  return { metadata: metadata(name, labels), aggregationRule, rules: [] };
}

function bound(name: string, role: string, subjects: readonly string[]): Draft<ClusterRoleBinding> {
  return { ...clusterRoleBinding(name, role, subjects), metadata: metadata(name) };
}

let policy: BootstrapPolicy | undefined;

/** Made once; its objects are shared and never changed. */
export function bootstrapPolicy(): BootstrapPolicy {
  policy ??= {
    clusterRoles: [
      ...AGGREGATED.map((name) => clusterRole(name, [])),
      ...Object.entries(CLUSTER_ROLES).map(([name, lines]) => clusterRole(name, lines)),
      ...Object.entries(CONTROLLER_ROLES).map(([name, lines]) => clusterRole(`system:controller:${name}`, lines)),
    ],
    clusterRoleBindings: [
      ...Object.entries(CLUSTER_ROLE_BINDINGS).map(([name, subjects]) => bound(name, name, subjects)),
      ...Object.keys(CONTROLLER_ROLES).map((name) => {
        const role = `system:controller:${name}`;
        return bound(role, role, [`account:kube-system:${name}`]);
      }),
    ],
    roles: Object.entries(NAMESPACE_ROLES).flatMap(([namespace, byName]) =>
      Object.entries(byName).map(([name, lines]) => ({
        metadata: { ...metadata(name), namespace },
        rules: rules(lines),
      })),
    ),
    roleBindings: Object.entries(NAMESPACE_ROLE_BINDINGS).flatMap(([namespace, byName]) =>
      Object.entries(byName).map(([name, { role, subjects }]) => ({
        metadata: { ...metadata(name), namespace },
        roleRef: { apiGroup: GROUP, kind: "Role", name: role },
        subjects: subjects.map(subject),
      })),
    ),
  };
  return policy;
}
