/** ClusterRoleBinding. Upstream: pkg/registry/rbac/clusterrolebinding. */
import type { ClusterRoleBinding } from "../generated/types.ts";
import { defineResource } from "../meta/resource.ts";
import { bindingColumns, defaultBinding } from "./binding.ts";
import { RBAC_GROUP, validateBinding, validateBindingUpdate } from "./validation.ts";

export const clusterRoleBindings = defineResource<ClusterRoleBinding>({
  group: RBAC_GROUP,
  version: "v1",
  kind: "ClusterRoleBinding",
  plural: "clusterrolebindings",
  scope: "Cluster",
  createsOnUpdate: true,
  nameRule: "path-segment",
  example: {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: "read-nodes" },
    subjects: [{ kind: "ServiceAccount", name: "default", namespace: "default" }],
    roleRef: { apiGroup: RBAC_GROUP, kind: "ClusterRole", name: "node-reader" },
  },
  defaults: defaultBinding,
  validate: (binding) => validateBinding(binding, { namespaced: false }),
  validateUpdate: (binding, old) => validateBindingUpdate(binding, old, { namespaced: false }),
  columns: bindingColumns,
});
