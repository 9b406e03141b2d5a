/** CSIStorageCapacity. Upstream: pkg/apis/storage, pkg/registry/storage/csistoragecapacity/strategy.go. */
import { expressionWarnings } from "../core/deprecated-node-labels.ts";
import { validateClassName } from "../core/volume-claims.ts";
import type { CSIStorageCapacity } from "../generated/types.ts";
import { nameColumn } from "../meta/columns.ts";
import { invalidValue, type FieldError } from "../meta/field-error.ts";
import { parseQuantity } from "../meta/quantity.ts";
import { defineResource } from "../meta/resource.ts";
import { validateImmutable, validateLabelSelector } from "../meta/validate-meta.ts";

export const csiStorageCapacities = defineResource<CSIStorageCapacity>({
  group: "storage.k8s.io",
  version: "v1",
  kind: "CSIStorageCapacity",
  plural: "csistoragecapacities",
  scope: "Namespaced",
  needsVersion: true,
  example: {
    apiVersion: "storage.k8s.io/v1",
    kind: "CSIStorageCapacity",
    metadata: { name: "capacity-1" },
    storageClassName: "fast",
    nodeTopology: { matchLabels: { "topology.kubernetes.io/zone": "a" } },
    capacity: "10Gi",
  },
  validate({ nodeTopology, storageClassName = "", capacity }) {
    const errors: FieldError[] = [];
    if (nodeTopology !== undefined) validateLabelSelector(nodeTopology, "nodeTopology", errors);
    validateClassName(storageClassName, "storageClassName", errors);
    if (capacity !== undefined && parseQuantity(capacity).unscaled < 0n) {
      errors.push(invalidValue("capacity", capacity, "must be greater than or equal to 0"));
    }
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    validateImmutable(object.nodeTopology, old.nodeTopology, "nodeTopology", errors);
    validateImmutable(object.storageClassName, old.storageClassName, "storageClassName", errors);
    return errors;
  },
  warnings: ({ nodeTopology }) => expressionWarnings(nodeTopology ?? {}, "nodeTopology"),
  columns: [
    nameColumn,
    { name: "StorageClassName", type: "string", cell: ({ storageClassName }) => storageClassName ?? "" },
    { name: "Capacity", type: "string", cell: ({ capacity }) => capacity ?? "<unset>" },
  ],
});
