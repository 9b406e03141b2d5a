/** RoleBinding. Upstream: pkg/registry/rbac/rolebinding. */
import type { RoleBinding } from "../generated/types.ts";
import { defineResource } from "../meta/resource.ts";
import { bindingColumns, defaultBinding } from "./binding.ts";
import { RBAC_GROUP, validateBinding, validateBindingUpdate } from "./validation.ts";

export const roleBindings = defineResource<RoleBinding>({
  group: RBAC_GROUP,
  version: "v1",
  kind: "RoleBinding",
  plural: "rolebindings",
  scope: "Namespaced",
  createsOnUpdate: true,
  nameRule: "path-segment",
  example: {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: "RoleBinding",
    metadata: { name: "read-pods" },
    subjects: [{ kind: "User", name: "jane" }],
    roleRef: { apiGroup: RBAC_GROUP, kind: "Role", name: "pod-reader" },
  },
  defaults: defaultBinding,
  validate: (binding) => validateBinding(binding, { namespaced: true }),
  validateUpdate: (binding, old) => validateBindingUpdate(binding, old, { namespaced: true }),
  columns: bindingColumns,
});
