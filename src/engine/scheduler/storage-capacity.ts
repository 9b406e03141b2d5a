/**
 * Whether a driver could provision a volume for a node: its class's topologies, and what its driver says is left.
 * Upstream: pkg/scheduler/framework/plugins/volumebinding/binder.go (hasEnoughCapacity, checkVolumeProvisions).
 */
import type { CSIStorageCapacity, PersistentVolumeClaim, StorageClass } from "../api/generated/types.ts";
import { quantityValue } from "../api/meta/quantity.ts";
import { labelSelectorAsSelector } from "../api/meta/selectors.ts";
import type { Labels } from "../api/meta/selectors.ts";

/** No topologies: any node. */
export function topologiesAllow({ allowedTopologies = [] }: StorageClass, labels: Labels): boolean {
  if (allowedTopologies.length === 0) return true;
  return allowedTopologies.some(({ matchLabelExpressions = [] }) =>
    matchLabelExpressions.every(({ key, values }) => {
      const value = labels[key];
      return value !== undefined && values.includes(value);
    }),
  );
}

/** The largest volume that could be made; 0 when nothing is said. */
export function volumeLimit({ capacity, maximumVolumeSize }: CSIStorageCapacity): number {
  const limit = maximumVolumeSize ?? capacity;
  return limit === undefined ? 0 : quantityValue(limit);
}

/** `capacities`: what the claim's class has left by topology; undefined when its driver doesn't keep track. */
export function hasCapacity(
  { spec }: PersistentVolumeClaim,
  labels: Labels,
  capacities: readonly CSIStorageCapacity[] | undefined,
): boolean {
  if (capacities === undefined) return true;
  const wanted = quantityValue(spec.resources?.requests?.["storage"] ?? "0");
  return capacities.some((capacity) => {
    if (capacity.nodeTopology === undefined || volumeLimit(capacity) < wanted) return false;
    return labelSelectorAsSelector(capacity.nodeTopology).matches(labels);
  });
}
