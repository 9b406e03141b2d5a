import type { Secret } from "../generated/types.ts";
import { defineResource } from "../meta/resource.ts";

export const secrets = defineResource<Secret>({
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  scope: "Namespaced",
  example: { apiVersion: "v1", kind: "Secret", metadata: { name: "password" }, stringData: { password: "swordfish" } },
});
