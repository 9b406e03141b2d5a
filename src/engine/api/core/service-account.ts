/** ServiceAccount. Upstream: pkg/registry/core/serviceaccount. */
import type { ServiceAccount } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { defineResource } from "../meta/resource.ts";

export const serviceAccounts = defineResource<ServiceAccount>({
  group: "",
  version: "v1",
  kind: "ServiceAccount",
  plural: "serviceaccounts",
  shortNames: ["sa"],
  scope: "Namespaced",
  subresources: ["token"],
  example: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "builder" } },
  columns: [nameColumn, { name: "Secrets", type: "string", cell: ({ secrets = [] }) => secrets.length }, ageColumn],
});
