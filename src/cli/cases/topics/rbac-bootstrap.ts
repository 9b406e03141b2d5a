import type { ClusterRole, ClusterRoleBinding } from "../../../engine/api/generated/types.ts";
import { bootstrapPolicy } from "../../../engine/apiserver/auth/policy/bootstrap-policy.ts";
import { defineTopic, expectEqual, type DataCase } from "../topic.ts";

type Policy = Partial<Pick<ClusterRole, "metadata" | "rules" | "aggregationRule">> &
  Partial<Pick<ClusterRoleBinding, "roleRef" | "subjects">>;

export const rbacBootstrap = defineTopic<DataCase & Policy>({
  topic: "rbac_bootstrap",
  doesNotApply: {
    "ClusterRole/system:kube-scheduler": "dynamic resource allocation is on by default since v1.34 and adds rules",
    "ClusterRole/system:node-proxier": "service CIDRs are served by default since v1.33 and add a rule",
  },
  run({ id, metadata, rules, aggregationRule, roleRef, subjects }) {
    const found = made().get(id);
    if (found === undefined) return { expected: "a bootstrap object", got: "none" };
    const parts = (policy: Policy) => ({
      metadata: policy.metadata,
      rules: policy.rules ?? [],
      aggregationRule: policy.aggregationRule,
      roleRef: policy.roleRef,
      subjects: policy.subjects ?? [],
    });
    return expectEqual(
      parts({ ...(metadata && { metadata }), ...given({ rules, aggregationRule, roleRef, subjects }) }),
      parts(found),
    );
  },
});

/** Without what the table says is nothing. */
function given(policy: object): Policy {
  return Object.fromEntries(
    Object.entries(policy).filter(([, value]) => value !== null && value !== undefined),
  ) as Policy;
}

/** By `Kind/namespace/name`. */
function made(): Map<string, Policy> {
  const { clusterRoles, clusterRoleBindings, roles, roleBindings } = bootstrapPolicy();
  const all = new Map<string, Policy>();
  const add = (kind: string, objects: readonly Policy[]): void => {
    for (const object of objects) {
      const { namespace, name } = object.metadata as { namespace?: string; name: string };
      all.set(`${kind}/${namespace === undefined ? "" : `${namespace}/`}${name}`, object);
    }
  };
  add("ClusterRole", clusterRoles as Policy[]);
  add("ClusterRoleBinding", clusterRoleBindings as Policy[]);
  add("Role", roles as Policy[]);
  add("RoleBinding", roleBindings as Policy[]);
  return all;
}
