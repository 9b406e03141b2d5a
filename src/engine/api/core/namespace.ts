/** Namespace. Upstream: pkg/registry/core/namespace/strategy.go. */
import type { Namespace } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { defineResource } from "../meta/resource.ts";
import { withFields } from "../meta/share.ts";

const NAME_LABEL = "kubernetes.io/metadata.name";

export const namespaces = defineResource<Namespace>({
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  shortNames: ["ns"],
  scope: "Cluster",
  subresources: ["status", "finalize"],
  without: ["deletecollection"],
  nameRule: "label",
  example: { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
  defaults(namespace) {
    const { metadata, spec, status } = namespace;
    // A generated name isn't known yet: the label then comes with the first update.
    const labels =
      metadata.name === undefined || metadata.name === "" || metadata.labels?.[NAME_LABEL] === metadata.name
        ? metadata.labels
        : { ...metadata.labels, [NAME_LABEL]: metadata.name };
    return withFields(namespace, {
      metadata: withFields(metadata, { labels }),
      spec: spec ?? {},
      status: status?.phase === undefined ? { ...status, phase: "Active" } : status,
    });
  },
  prepareForCreate(namespace) {
    const finalizers = namespace.spec.finalizers ?? [];
    return {
      ...namespace,
      spec: finalizers.includes("kubernetes")
        ? namespace.spec
        : { ...namespace.spec, finalizers: [...finalizers, "kubernetes"] },
      status: { phase: "Active" },
    };
  },
  // Finalizers change through the subresource `finalize` alone.
  prepareForUpdate: (namespace, old) => withFields(namespace, { spec: old.spec }),
  columns: [nameColumn, { name: "Status", type: "string", cell: ({ status }) => status?.phase ?? "" }, ageColumn],
  selectableFields: { "status.phase": ({ status }) => status.phase ?? "" },
});
