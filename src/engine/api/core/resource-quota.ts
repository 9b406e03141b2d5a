/** ResourceQuota. Upstream: pkg/registry/core/resourcequota, printResourceQuota of pkg/printers/internalversion/printers.go. */
import type { ResourceQuota } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { defineResource } from "../meta/resource.ts";
import { withFields } from "../meta/share.ts";
import {
  validateResourceQuota,
  validateResourceQuotaStatus,
  validateResourceQuotaUpdate,
} from "./resource-quota-validation.ts";

export const resourceQuotas = defineResource<ResourceQuota>({
  group: "",
  version: "v1",
  kind: "ResourceQuota",
  plural: "resourcequotas",
  shortNames: ["quota"],
  scope: "Namespaced",
  subresources: ["status"],
  example: {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "team" },
    spec: { hard: { pods: "10", "requests.cpu": "4" } },
  },
  defaults: (quota) => withFields(quota, { spec: quota.spec ?? {}, status: quota.status ?? {} }),
  prepareForCreate: (quota) => ({ ...quota, status: {} }),
  validate: validateResourceQuota,
  validateUpdate: validateResourceQuotaUpdate,
  validateStatusUpdate: validateResourceQuotaStatus,
  columns: [
    nameColumn,
    { name: "Request", type: "string", cell: (quota) => amounts(quota, (name) => !name.startsWith("limits.")) },
    { name: "Limit", type: "string", cell: (quota) => amounts(quota, (name) => name.startsWith("limits.")) },
    ageColumn,
  ],
});

/** `cpu: 1/4, pods: 3/10` */
function amounts({ status }: ResourceQuota, which: (name: string) => boolean): string {
  const names = Object.keys(status?.hard ?? {}).filter(which);
  return names
    .toSorted()
    .map((name) => `${name}: ${status.used?.[name] ?? "0"}/${status.hard?.[name]}`)
    .join(", ");
}
