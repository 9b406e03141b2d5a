import type { ServiceAccount } from "../generated/types.ts";
import { defineResource } from "../meta/resource.ts";

export const serviceAccounts = defineResource<ServiceAccount>({
  group: "",
  version: "v1",
  kind: "ServiceAccount",
  plural: "serviceaccounts",
  shortNames: ["sa"],
  scope: "Namespaced",
  example: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "builder" } },
});
