/** What an Ingress' status says of where it is served. Upstream: kubernetes/ingress-nginx internal/ingress/status. */
import type { Service } from "../../api/generated/types.ts";

export interface PublishedAddress {
  ip?: string;
  hostname?: string;
}

/** An address by flag, a service's, or those of the nodes that the controller runs on: what `nodes` finds. */
export function publishedAddresses(
  flags: ReadonlyMap<string, string>,
  of: { service(key: string): Service | undefined; nodes(): PublishedAddress[] },
): PublishedAddress[] {
  const fixed = flags.get("publish-status-address");
  const internal = flags.get("report-node-internal-ip-address") === "true";
  if (fixed !== undefined && fixed !== "" && !internal)
    return fixed.split(",").map((address) => (/^[\d.]+$/.test(address) ? { ip: address } : { hostname: address }));
  const service = of.service(flags.get("publish-service") ?? "");
  if (service === undefined) return of.nodes();
  if (service.spec.type !== "LoadBalancer")
    return service.spec.clusterIP === undefined ? [] : [{ ip: service.spec.clusterIP }];
  return (service.status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ({
    ...(ip !== undefined && { ip }),
    ...(hostname !== undefined && { hostname }),
  }));
}
