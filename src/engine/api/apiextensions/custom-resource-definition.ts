/**
 * CustomResourceDefinition. Upstream: apiextensions-apiserver pkg/apis/apiextensions,
 * pkg/registry/customresourcedefinition/strategy.go. What a definition brings about is the server's part.
 */
import type { CustomResourceDefinition, CustomResourceDefinitionStatus } from "../generated/types.ts";
import { deepEqual } from "../../base/json.ts";
import { defineResource, specChanged } from "../meta/resource.ts";
import { fill, mapField } from "../meta/share.ts";
import { validateDefinition, validateDefinitionStatus, validateDefinitionUpdate } from "./definition-validation.ts";

export const customResourceDefinitions = defineResource<CustomResourceDefinition>({
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  shortNames: ["crd", "crds"],
  categories: ["api-extensions"],
  scope: "Cluster",
  needsVersion: true,
  subresources: ["status"],
  example: {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "crontabs.stable.example.com" },
    spec: {
      group: "stable.example.com",
      scope: "Namespaced",
      names: { plural: "crontabs", kind: "CronTab" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object" } } } },
        },
      ],
    },
  },
  bumpsGeneration: specChanged,
  defaults(definition) {
    const { kind = "" } = definition.spec?.names ?? {};
    const named = mapField(definition.spec ?? {}, "names", (names) =>
      kind === "" ? names : fill(names, { singular: kind.toLowerCase(), listKind: `${kind}List` }),
    );
    const spec = fill(named, { conversion: { strategy: "None" } });
    return spec === definition.spec ? definition : { ...definition, spec };
  },
  prepareForCreate: (definition) => ({ ...definition, status: withStoredVersion({ ...definition, status: {} }) }),
  prepareForUpdate(definition) {
    const status = withStoredVersion(definition);
    return deepEqual(status, definition.status) ? definition : { ...definition, status };
  },
  validate: (definition) => validateDefinition(definition),
  validateUpdate: validateDefinitionUpdate,
  validateStatusUpdate: ({ status }) => validateDefinitionStatus(status),
});

/** Every version that ever was the storage version is remembered until somebody migrates the objects. */
function withStoredVersion({ spec, status }: CustomResourceDefinition): CustomResourceDefinitionStatus {
  const stored = status?.storedVersions ?? [];
  const storage = (spec?.versions ?? []).find((version) => version.storage)?.name;
  if (storage === undefined || stored.includes(storage)) return status;
  return { ...status, storedVersions: [...stored, storage] };
}
