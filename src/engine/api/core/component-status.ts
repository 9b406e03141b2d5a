/**
 * ComponentStatus: how a part of the control plane is, asked when somebody looks and never stored.
 * Upstream: pkg/registry/core/componentstatus.
 */
import type { ComponentStatus } from "../generated/types.ts";
import { nameColumn } from "../meta/columns.ts";
import { defineResource } from "../meta/resource.ts";

export const componentStatuses = defineResource<ComponentStatus>({
  group: "",
  version: "v1",
  kind: "ComponentStatus",
  plural: "componentstatuses",
  shortNames: ["cs"],
  scope: "Cluster",
  without: ["create", "update", "delete", "deletecollection", "watch"],
  computed: true,
  deprecated: "v1.19+",
  example: {
    apiVersion: "v1",
    kind: "ComponentStatus",
    metadata: { name: "scheduler" },
    conditions: [{ type: "Healthy", status: "True", message: "ok" }],
  },
  columns: [
    nameColumn,
    { name: "Status", type: "string", cell: statusText },
    { name: "Message", type: "string", cell: (object) => healthOf(object)?.message ?? "" },
    { name: "Error", type: "string", cell: (object) => healthOf(object)?.error ?? "" },
  ],
});

function healthOf({ conditions = [] }: ComponentStatus) {
  return conditions.find(({ type }) => type === "Healthy");
}

function statusText(object: ComponentStatus): string {
  const health = healthOf(object);
  if (health === undefined) return "Unknown";
  return health.status === "True" ? "Healthy" : "Unhealthy";
}
