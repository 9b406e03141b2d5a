/** CSINode. Upstream: pkg/apis/storage, pkg/registry/storage/csinode/strategy.go. */
import { deepEqual } from "../../base/json.ts";
import { validateDriverName } from "../core/storage-systems.ts";
import type { CSINode, CSINodeDriver } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { duplicate, invalidValue, required, type FieldError } from "../meta/field-error.ts";
import { defineResource } from "../meta/resource.ts";
import { IMMUTABLE, validateLabelName, validateNonnegative } from "../meta/validate-meta.ts";

const MAX_NODE_ID = 256;

export const csiNodes = defineResource<CSINode>({
  group: "storage.k8s.io",
  version: "v1",
  kind: "CSINode",
  plural: "csinodes",
  scope: "Cluster",
  needsVersion: true,
  example: {
    apiVersion: "storage.k8s.io/v1",
    kind: "CSINode",
    metadata: { name: "worker-1" },
    spec: { drivers: [{ name: "disk.csi.example.com", nodeID: "worker-1", topologyKeys: ["example.com/zone"] }] },
  },
  validate,
  validateUpdate(node, old) {
    const errors = validate(node);
    for (const before of old.spec?.drivers ?? []) {
      for (const next of node.spec?.drivers ?? []) {
        if (next.name !== before.name) continue;
        const { allocatable: _, ...rest } = next;
        const { allocatable: __, ...was } = before;
        if (!deepEqual(rest, was)) errors.push(invalidValue("spec.drivers", shownDriver(rest), IMMUTABLE));
      }
    }
    return errors;
  },
  columns: [
    nameColumn,
    { name: "Drivers", type: "integer", cell: ({ spec }) => spec?.drivers?.length ?? 0 },
    ageColumn,
  ],
});

/** Upstream shows its internal type, whose fields have Go's names. */
function shownDriver({ name, nodeID, topologyKeys = [] }: CSINodeDriver): object {
  return { Name: name, NodeID: nodeID, TopologyKeys: topologyKeys, Allocatable: null };
}

function validate({ spec }: CSINode): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, driver] of (spec?.drivers ?? []).entries()) {
    const path = `spec.drivers[${index}]`;
    const { name = "", nodeID = "", allocatable } = driver;
    validateDriverName(name, `${path}.name`, errors);
    if (nodeID === "") errors.push(required(`${path}.nodeID`));
    if (nodeID.length > MAX_NODE_ID) {
      errors.push(invalidValue(`${path}.nodeID`, nodeID, `must be ${MAX_NODE_ID} characters or less`));
    }
    validateNonnegative(allocatable?.count, `${path}.allocatable.count`, errors);
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
    names.add(name);
    validateTopologyKeys(driver, path, errors);
  }
  return errors;
}

function validateTopologyKeys({ topologyKeys = [] }: CSINodeDriver, path: string, errors: FieldError[]): void {
  for (const [at, key] of topologyKeys.entries()) {
    if (key === "") errors.push(required(path, key));
    if (topologyKeys.indexOf(key) < at) errors.push(duplicate(path, key));
    validateLabelName(key, path, errors);
  }
}
