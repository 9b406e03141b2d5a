/** Claims to devices and classes of devices as the scheduler sees them. */
import { deviceClasses } from "../api/dra/device-class.ts";
import { resourceClaims } from "../api/dra/resource-claim.ts";
import type { ResourceResourceClaim } from "../api/generated/types.ts";
import type { Informers } from "../client/contracts.ts";
import type { ClusterEvent } from "./queue-events.ts";

export interface DeviceListers {
  /** By `namespace/name`. */
  claim(key: string): ResourceResourceClaim | undefined;
  hasClass(name: string): boolean;
}

/** `changed`: something happened that may let a pod run that waits for its devices. */
export function watchDevices(informers: Informers, changed: (event: ClusterEvent) => void): DeviceListers {
  const claims = informers.informer(resourceClaims);
  const classes = informers.informer(deviceClasses);
  claims.addHandler({
    onAdd: (claim) => changed({ type: "resource-claim", claim }),
    onUpdate: (claim) => changed({ type: "resource-claim", claim }),
  });
  classes.addHandler({
    onAdd: () => changed({ type: "device-class" }),
    onUpdate: () => changed({ type: "device-class" }),
  });
  return {
    claim: (key) => claims.lister.get(key),
    hasClass: (name) => classes.lister.get(name) !== undefined,
  };
}
