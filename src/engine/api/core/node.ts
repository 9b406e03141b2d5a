import type { Node } from "../generated/types.ts";
import { defineResource } from "../meta/resource.ts";

export const nodes = defineResource<Node>({
  group: "",
  version: "v1",
  kind: "Node",
  plural: "nodes",
  shortNames: ["no"],
  scope: "Cluster",
  subresources: ["status", "proxy"],
  example: { apiVersion: "v1", kind: "Node", metadata: { name: "worker-9" } },
});
