/** ClusterRole. Upstream: pkg/registry/rbac/clusterrole. */
import type { ClusterRole } from "../generated/types.ts";
import { defineResource } from "../meta/resource.ts";
import { RBAC_GROUP, validateAggregation, validateRules } from "./validation.ts";

export const clusterRoles = defineResource<ClusterRole>({
  group: RBAC_GROUP,
  version: "v1",
  kind: "ClusterRole",
  plural: "clusterroles",
  scope: "Cluster",
  createsOnUpdate: true,
  nameRule: "path-segment",
  example: {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: "ClusterRole",
    metadata: { name: "node-reader" },
    rules: [
      { apiGroups: [""], resources: ["nodes"], verbs: ["get"] },
      { nonResourceURLs: ["/healthz"], verbs: ["get"] },
    ],
  },
  validate: ({ rules, aggregationRule }) => [
    ...validateRules(rules, { namespaced: false }),
    ...validateAggregation(aggregationRule),
  ],
});
