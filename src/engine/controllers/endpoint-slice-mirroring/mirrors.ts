/** Which slices show what Endpoints say. Upstream: endpointslicemirroring/{reconciler,utils}.go. */
import type { DiscoveryEndpointPort, Endpoint, EndpointAddress, Endpoints } from "../../api/generated/types.ts";

/** `--mirroring-max-endpoints-per-subset` */
const MAX_PER_SUBSET = 1000;
const MAX_PER_SLICE = 1000;

export interface Mirror {
  addressType: "IPv4" | "IPv6";
  ports: DiscoveryEndpointPort[];
  endpoints: Endpoint[];
}

/** One for each subset and family of addresses. */
export function desiredMirrors({ subsets = [] }: Endpoints): Mirror[] {
  const mirrors: Mirror[] = [];
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets) {
    const all = [
      ...addresses.map((address) => ({ address, ready: true })),
      ...notReadyAddresses.map((address) => ({ address, ready: false })),
    ].slice(0, MAX_PER_SUBSET);
    for (const addressType of ["IPv4", "IPv6"] as const) {
      const ofType = all.filter(({ address }) => address.ip.includes(":") === (addressType === "IPv6"));
      for (let at = 0; at < ofType.length; at += MAX_PER_SLICE) {
        const endpoints = ofType.slice(at, at + MAX_PER_SLICE).map(({ address, ready }) => endpointOf(address, ready));
        mirrors.push({ addressType, ports: ports.map(portOf), endpoints });
      }
    }
  }
  return mirrors;
}

function endpointOf({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname !== undefined && hostname !== "" && { hostname }),
    ...(nodeName !== undefined && { nodeName }),
    ...(targetRef !== undefined && { targetRef }),
  };
}

function portOf({
  name = "",
  port,
  protocol = "TCP",
  appProtocol,
}: {
  name?: string | undefined;
  port: number;
  protocol?: string | undefined;
  appProtocol?: string | undefined;
}): DiscoveryEndpointPort {
  return { name, port, protocol, ...(appProtocol !== undefined && { appProtocol }) };
}
