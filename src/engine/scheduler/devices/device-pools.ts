/**
 * The devices that drivers have published, by where they can be used. Upstream:
 * dynamic-resource-allocation/structured/internal/stable/pools_stable.go.
 *
 * Simplified: of an incomplete pool no device is used.
 */
import { selectorMatcher } from "../../api/core/node-selectors.ts";
import type { NodeMatcher } from "../../api/core/node-selectors.ts";
import type { Device, ResourceSlice, ResourceSliceSpec } from "../../api/generated/types.ts";

export interface PooledDevice {
  readonly driver: string;
  readonly pool: string;
  readonly device: Device;
  /** `driver/pool/device`: no other device has it. */
  readonly id: string;
  /** Can be used on one node alone. */
  readonly local: boolean;
}

interface Placed {
  readonly pooled: PooledDevice;
  readonly matches: NodeMatcher;
}

const EVERYWHERE: NodeMatcher = () => true;

export class DevicePools {
  private readonly byNode = new Map<string, PooledDevice[]>();
  private readonly elsewhere: Placed[] = [];

  constructor(slices: Iterable<ResourceSlice>) {
    for (const { spec } of completePools(slices)) {
      for (const device of spec.devices ?? []) this.add(spec, device);
    }
  }

  /** What can be used on a node, in the order in which it was published. */
  on(node: { name: string; labels: Readonly<Record<string, string>> }): readonly PooledDevice[] {
    const local = this.byNode.get(node.name) ?? NONE;
    if (this.elsewhere.length === 0) return local;
    return [...local, ...this.elsewhere.filter(({ matches }) => matches(node)).map(({ pooled }) => pooled)];
  }

  private add({ driver, pool, perDeviceNodeSelection, ...slice }: ResourceSliceSpec, device: Device): void {
    const { nodeName, nodeSelector, allNodes } = perDeviceNodeSelection === true ? device : slice;
    const id = `${driver}/${pool.name}/${device.name}`;
    const pooled = { driver, pool: pool.name, device, id, local: nodeName !== undefined };
    if (nodeName !== undefined) {
      const there = this.byNode.get(nodeName);
      if (there === undefined) this.byNode.set(nodeName, [pooled]);
      else there.push(pooled);
    } else if (allNodes === true) this.elsewhere.push({ pooled, matches: EVERYWHERE });
    else if (nodeSelector !== undefined) this.elsewhere.push({ pooled, matches: selectorMatcher(nodeSelector) });
  }
}

const NONE: readonly PooledDevice[] = [];

/** Slices of the newest generation of each pool of which all are there, by driver, pool and name. */
function completePools(slices: Iterable<ResourceSlice>): ResourceSlice[] {
  const pools = new Map<string, ResourceSlice[]>();
  for (const slice of slices) {
    const { driver, pool } = slice.spec;
    const key = `${driver}/${pool.name}`;
    const known = pools.get(key);
    const generation = known?.[0]?.spec.pool.generation ?? -1;
    if (known === undefined || pool.generation > generation) pools.set(key, [slice]);
    else if (pool.generation === generation) known.push(slice);
  }
  return [...pools.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, all]) =>
      all.length === all[0]?.spec.pool.resourceSliceCount
        ? all.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
        : [],
    );
}
