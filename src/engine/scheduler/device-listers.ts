/** Claims to devices, classes of devices and the devices themselves as the scheduler sees them. */
import { deviceClasses } from "../api/dra/device-class.ts";
import { resourceClaims } from "../api/dra/resource-claim.ts";
import { resourceSlices } from "../api/dra/resource-slice.ts";
import type { DeviceClass, ResourceResourceClaim } from "../api/generated/types.ts";
import { keyOf } from "../api/meta/object.ts";
import type { Informers } from "../client/contracts.ts";
import { DevicePools } from "./devices/device-pools.ts";
import type { DeviceSelectors } from "./devices/device-selectors.ts";
import type { ClusterEvent } from "./queue-events.ts";

export interface DeviceListers {
  /** By `namespace/name`; with what this scheduler has just written. */
  claim(key: string): ResourceResourceClaim | undefined;
  deviceClass(name: string): DeviceClass | undefined;
  pools(): DevicePools;
  /** Whether a claim has the device of that id. */
  has(id: string): boolean;
  /** The claim is as it was just written, whatever the informer says until it has heard of it. */
  assume(claim: ResourceResourceClaim): void;
  readonly selectors: DeviceSelectors;
}

/** `changed`: something happened that may let a pod run that waits for its devices. */
export function watchDevices(
  informers: Informers,
  { selectors, changed }: { selectors: DeviceSelectors; changed: (event: ClusterEvent) => void },
): DeviceListers {
  const claims = informers.informer(resourceClaims);
  const classes = informers.informer(deviceClasses);
  const slices = informers.informer(resourceSlices);
  const assumed = new Map<string, ResourceResourceClaim>();
  /** By the id of a device: how many claims have it. */
  const holders = new Map<string, number>();
  let pools: DevicePools | undefined;
  const count = (claim: ResourceResourceClaim, by: 1 | -1): void => {
    for (const { driver, pool, device, adminAccess } of claim.status?.allocation?.devices?.results ?? []) {
      if (adminAccess === true) continue;
      const id = `${driver}/${pool}/${device}`;
      const now = (holders.get(id) ?? 0) + by;
      if (now === 0) holders.delete(id);
      else holders.set(id, now);
    }
  };
  /** What is counted of a claim changes from one version to another. */
  const replace = (before: ResourceResourceClaim | undefined, after: ResourceResourceClaim | undefined): void => {
    if (before !== undefined) count(before, -1);
    if (after !== undefined) count(after, 1);
  };
  const isOlder = (claim: ResourceResourceClaim, than: ResourceResourceClaim): boolean =>
    Number(claim.metadata.resourceVersion) < Number(than.metadata.resourceVersion);
  claims.addHandler({
    onAdd(claim) {
      replace(undefined, claim);
      changed({ type: "resource-claim", claim, freed: false });
    },
    onUpdate(claim, old) {
      const known = assumed.get(keyOf(claim));
      if (known !== undefined && isOlder(claim, known)) return;
      assumed.delete(keyOf(claim));
      replace(known ?? old, claim);
      const freed = old.status?.allocation !== undefined && claim.status?.allocation === undefined;
      changed({ type: "resource-claim", claim, freed });
    },
    onDelete(claim) {
      const known = assumed.get(keyOf(claim));
      assumed.delete(keyOf(claim));
      replace(known ?? claim, undefined);
      changed({ type: "resource-claim", claim, freed: claim.status?.allocation !== undefined });
    },
  });
  classes.addHandler({
    onAdd: () => changed({ type: "device-class" }),
    onUpdate: () => changed({ type: "device-class" }),
  });
  const published = (): void => {
    pools = undefined;
    changed({ type: "resource-slice" });
  };
  slices.addHandler({ onAdd: published, onUpdate: published, onDelete: published });
  const claim = (key: string): ResourceResourceClaim | undefined => assumed.get(key) ?? claims.lister.get(key);
  return {
    claim,
    deviceClass: (name) => classes.lister.get(name),
    pools: () => (pools ??= new DevicePools(slices.lister.list())),
    has: (id) => holders.has(id),
    assume(written) {
      const key = keyOf(written);
      replace(claim(key), written);
      assumed.set(key, written);
    },
    selectors,
  };
}
