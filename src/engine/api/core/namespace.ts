import type { Namespace } from "../generated/types.ts";
import { defineResource } from "../meta/resource.ts";

export const namespaces = defineResource<Namespace>({
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  shortNames: ["ns"],
  scope: "Cluster",
  subresources: ["status"],
  nameRule: "label",
  example: { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
});
