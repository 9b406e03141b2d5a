/**
 * What the controller says, whenever it puts its configuration together, of rules that lead to nobody.
 * Upstream: kubernetes/ingress-nginx internal/ingress/controller/controller.go createUpstreams, serviceEndpoints.
 */
import { endpointsOf, servicePortOf } from "./backends.ts";
import type { IngressObjects } from "./backends.ts";
import type { Backend, RoutingTable } from "./routing-table.ts";

export interface Orphan {
  /** The place in the source that the line names. */
  readonly place: string;
  readonly text: string;
}

/** Each backend is spoken of once. A port that its service doesn't have is passed over in silence. */
export function orphans({ servers, anyHost }: RoutingTable, objects: IngressObjects): Orphan[] {
  const backends = new Map<string, Backend>();
  for (const { locations, fallback } of [...servers.values(), anyHost]) {
    for (const { backend, canaries } of locations)
      for (const each of [backend, ...canaries.map((canary) => canary.backend)]) backends.set(each.name, each);
    if (fallback !== undefined) backends.set(fallback.backend.name, fallback.backend);
  }
  return [...backends.values()].flatMap((backend) => {
    const { service: key } = backend;
    if (key === undefined) return [];
    const service = objects.service(key);
    if (service === undefined) {
      const why = `no object matching key "${key}" in local store`;
      return [{ place: "controller.go:1126", text: `Error obtaining Endpoints for Service "${key}": ${why}` }];
    }
    if (servicePortOf(service, backend, { targetPorts: true }) === undefined) return [];
    if (endpointsOf(objects, backend, { targetPorts: true }).length > 0) return [];
    return [{ place: "controller.go:1216", text: `Service "${key}" does not have any active Endpoint.` }];
  });
}
