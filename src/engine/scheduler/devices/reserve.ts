/** Writes into claims what a pod gets. Upstream: dynamicresources.go (bindClaim). */
import { CLAIM_FINALIZER } from "../../api/dra/pod-claims.ts";
import { resourceClaims } from "../../api/dra/resource-claim.ts";
import type { Pod } from "../../api/generated/types.ts";
import type { Client } from "../../client/client.ts";
import type { DeviceListers } from "../device-listers.ts";
import type { Reservation } from "../plugins/dynamic-resources.ts";

/** Throws a StatusError when somebody else has changed a claim meanwhile. */
export function reserve(
  client: Client,
  devices: DeviceListers,
  { pod, reservations }: { pod: Pod; reservations: readonly Reservation[] },
): void {
  const claims = client.resource(resourceClaims);
  const { name, uid } = pod.metadata;
  for (const { claim, allocation } of reservations) {
    let current = claim;
    const { finalizers = [] } = claim.metadata;
    if (allocation !== undefined && !finalizers.includes(CLAIM_FINALIZER)) {
      const metadata = { ...claim.metadata, finalizers: [...finalizers, CLAIM_FINALIZER] };
      current = claims.update({ ...claim, metadata });
    }
    const { status } = current;
    const reservedFor = [...(status?.reservedFor ?? []), { resource: "pods", name, uid }];
    devices.assume(
      claims.updateStatus({
        ...current,
        status: { ...status, ...(allocation !== undefined && { allocation }), reservedFor },
      }),
    );
  }
}
