import { addressAt, familyOf, formatAddress, parseRange, rangeOfFamily } from "./address.ts";
import type { NodeNetwork } from "./node-network.ts";

/** The address at which a node's own bridge meets its pods, of the family of `address`. */
export function bridgeOf({ podCIDRs }: NodeNetwork, address: number): string | undefined {
  const range = parseRange(rangeOfFamily(podCIDRs.join(","), familyOf(address)));
  return range === undefined ? undefined : formatAddress(addressAt(range, 1));
}
