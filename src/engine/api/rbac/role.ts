/** Role. Upstream: pkg/registry/rbac/role. */
import type { Role } from "../generated/types.ts";
import { defineResource } from "../meta/resource.ts";
import { RBAC_GROUP, validateRules } from "./validation.ts";

export const roles = defineResource<Role>({
  group: RBAC_GROUP,
  version: "v1",
  kind: "Role",
  plural: "roles",
  scope: "Namespaced",
  createsOnUpdate: true,
  nameRule: "path-segment",
  example: {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: "Role",
    metadata: { name: "pod-reader" },
    rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }],
  },
  validate: ({ rules }) => validateRules(rules, { namespaced: true }),
});
