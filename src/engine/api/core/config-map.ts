/** ConfigMap. Upstream: pkg/registry/core/configmap. */
import type { ConfigMap } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { defineResource } from "../meta/resource.ts";
import { validateConfigMap, validateConfigMapUpdate } from "./data-validation.ts";

export const configMaps = defineResource<ConfigMap>({
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  shortNames: ["cm"],
  scope: "Namespaced",
  example: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data: { mode: "fast" } },
  validate: validateConfigMap,
  validateUpdate: validateConfigMapUpdate,
  columns: [
    nameColumn,
    {
      name: "Data",
      type: "string",
      cell: ({ data = {}, binaryData = {} }) => Object.keys(data).length + Object.keys(binaryData).length,
    },
    ageColumn,
  ],
});
