import type { Endpoints } from "../generated/types.ts";
import { defineResource } from "../meta/resource.ts";

export const endpoints = defineResource<Endpoints>({
  group: "",
  version: "v1",
  kind: "Endpoints",
  plural: "endpoints",
  singular: "endpoints",
  shortNames: ["ep"],
  scope: "Namespaced",
  example: {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name: "web" },
    subsets: [{ addresses: [{ ip: "10.0.0.7" }], ports: [{ port: 80 }] }],
  },
});
