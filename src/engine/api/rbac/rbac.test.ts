import { describe, expect, it } from "vitest";
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "../generated/types.ts";
import { fieldErrorText } from "../meta/field-error.ts";
import { clusterRoleBindings } from "./cluster-role-binding.ts";
import { clusterRoles } from "./cluster-role.ts";
import { roleBindings } from "./role-binding.ts";
import { roles } from "./role.ts";

const META = {
  name: "x",
  namespace: "default",
  uid: "1",
  resourceVersion: "1",
  creationTimestamp: "2025-12-31T00:00:00Z",
};
const GROUP = "rbac.authorization.k8s.io";

function role(rules: Role["rules"]): Role {
  return { apiVersion: `${GROUP}/v1`, kind: "Role", metadata: META, rules };
}

function binding(change: Partial<RoleBinding>): RoleBinding {
  const roleRef = { apiGroup: GROUP, kind: "Role", name: "reader" };
  return { apiVersion: `${GROUP}/v1`, kind: "RoleBinding", metadata: META, roleRef, ...change };
}

function texts(object: RoleBinding): string[] {
  return (roleBindings.validate?.(object) ?? []).map(fieldErrorText);
}

describe("roles", () => {
  it("say for which verbs, groups and resources", () => {
    const rules = [
      { apiGroups: [], resources: [], verbs: [] },
      { nonResourceURLs: ["/healthz"], apiGroups: [""], verbs: ["get"] },
      { apiGroups: [""], resources: ["pods", "services"], resourceNames: ["web"], verbs: ["get"] },
    ];
    expect(roles.validate?.(role(rules)).map(fieldErrorText)).toEqual([
      "rules[0].verbs: Required value: verbs must contain at least one value",
      "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
      "rules[0].resources: Required value: resource rules must supply at least one resource",
      'rules[1].nonResourceURLs: Invalid value: ["/healthz"]: namespaced rules cannot apply to non-resource URLs',
      'rules[1].nonResourceURLs: Invalid value: ["/healthz"]: rules cannot apply to both regular resources and non-resource URLs',
      "rules[2].resourceNames: Required value: resource names cannot apply to multiple resources",
    ]);
  });

  it("of the cluster may be about URLs, and gather others by their labels", () => {
    const object: ClusterRole = {
      ...{ apiVersion: `${GROUP}/v1`, kind: "ClusterRole", metadata: META },
      rules: [{ nonResourceURLs: ["/healthz"], verbs: ["get"] }],
    };
    const complaints = (clusterRoleSelectors: NonNullable<ClusterRole["aggregationRule"]>["clusterRoleSelectors"]) =>
      clusterRoles.validate?.({ ...object, aggregationRule: { clusterRoleSelectors } }).map(fieldErrorText);
    expect(clusterRoles.validate?.(object)).toEqual([]);
    expect(complaints([{ matchLabels: { "rbac.example.com/aggregate": "true" } }])).toEqual([]);
    expect(complaints([])).toEqual([
      "aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil",
    ]);
    expect(complaints([{ matchExpressions: [{ key: "a", operator: "Maybe" }] }])).toEqual([
      'aggregationRule.clusterRoleSelectors[0].matchExpressions[0].operator: Invalid value: "Maybe": not a valid selector operator',
      'aggregationRule.clusterRoleSelectors[0]: Invalid value: {"matchExpressions":[{"key":"a","operator":"Maybe"}]}: invalid label selector.',
    ]);
  });
});

describe("bindings", () => {
  it("get the group that everybody means", () => {
    const draft = binding({
      roleRef: { apiGroup: "", kind: "Role", name: "reader" },
      subjects: [
        { kind: "User", name: "jane" },
        { kind: "ServiceAccount", name: "robot" },
      ],
    });
    const filled = roleBindings.defaults?.(draft);
    expect(filled?.roleRef).toEqual({ apiGroup: GROUP, kind: "Role", name: "reader" });
    expect(filled?.subjects).toEqual([
      { kind: "User", name: "jane", apiGroup: GROUP },
      { kind: "ServiceAccount", name: "robot" },
    ]);
  });

  it("refuse what no subject is", () => {
    const subjects = [
      { kind: "Robot", name: "r2" },
      { kind: "User", name: "", apiGroup: "apps" },
      { kind: "ServiceAccount", name: "A B", apiGroup: GROUP },
    ];
    expect(texts(binding({ subjects }))).toEqual([
      'subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
      "subjects[1].name: Required value",
      'subjects[1].name: Invalid value: "": user name cannot be empty',
      `subjects[1].apiGroup: Unsupported value: "apps": supported values: "${GROUP}"`,
      "subjects[2].name: Invalid value: \"A B\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      `subjects[2].apiGroup: Unsupported value: "${GROUP}": supported values: ""`,
    ]);
  });

  it("refuse what no role is", () => {
    expect(texts(binding({ roleRef: { apiGroup: "apps", kind: "Group", name: "a/b" } }))).toEqual([
      `roleRef.apiGroup: Unsupported value: "apps": supported values: "${GROUP}"`,
      'roleRef.kind: Unsupported value: "Group": supported values: "Role", "ClusterRole"',
      "roleRef.name: Invalid value: \"a/b\": may not contain '/'",
    ]);
  });

  it("of the cluster need the namespace of an account, and a role of the cluster", () => {
    const object: ClusterRoleBinding = {
      ...{ apiVersion: `${GROUP}/v1`, kind: "ClusterRoleBinding", metadata: META },
      roleRef: { apiGroup: GROUP, kind: "Role", name: "reader" },
      subjects: [{ kind: "ServiceAccount", name: "robot" }],
    };
    expect(clusterRoleBindings.validate?.(object).map(fieldErrorText)).toEqual([
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
      "subjects[0].namespace: Required value",
    ]);
  });

  it("keep their role", () => {
    const next = binding({ roleRef: { apiGroup: GROUP, kind: "ClusterRole", name: "admin" } });
    expect(roleBindings.validateUpdate?.(next, binding({})).map(fieldErrorText)).toEqual([
      `roleRef: Invalid value: {"APIGroup":"${GROUP}","Kind":"ClusterRole","Name":"admin"}: cannot change roleRef`,
    ]);
  });

  it("show whom they bind", () => {
    const subjects = [
      { kind: "User", name: "jane" },
      { kind: "User", name: "joe" },
      { kind: "Group", name: "devs" },
      { kind: "ServiceAccount", name: "robot", namespace: "shop" },
    ];
    const cells = (roleBindings.columns ?? []).map((column) => [
      column.name,
      column.priority ?? 0,
      column.cell(binding({ subjects }), { now: Date.UTC(2026, 0, 1) }),
    ]);
    expect(cells).toEqual([
      ["Name", 0, "x"],
      ["Role", 0, "Role/reader"],
      ["Age", 0, "24h"],
      ["Users", 1, "jane, joe"],
      ["Groups", 1, "devs"],
      ["ServiceAccounts", 1, "shop/robot"],
    ]);
  });
});
