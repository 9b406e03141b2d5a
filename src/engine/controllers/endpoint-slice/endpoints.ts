/** The endpoints that a service should have, grouped by their ports. Upstream: endpointslice/{reconciler,utils}.go. */
import type { DiscoveryEndpointPort, Endpoint, EndpointHints, Node, Pod, Service } from "../../api/generated/types.ts";
import { isPodReady } from "../../api/core/pod/conditions.ts";
import { wantsHints } from "./topology-hints.ts";
import { canBeEndpoint, endpointHostname, isHeadless, podAddress, targetPort } from "../service-pods.ts";

const ZONE = "topology.kubernetes.io/zone";

/** Endpoints that answer on the same ports: they may share slices. */
export interface PortGroup {
  /** Equal iff the ports are. */
  key: string;
  ports: readonly DiscoveryEndpointPort[];
  /** By the uid of the pod. */
  endpoints: Map<string, Endpoint>;
}

export function portsKey(ports: readonly DiscoveryEndpointPort[]): string {
  return ports
    .map(({ name = "", port, protocol = "", appProtocol = "" }) => `${name}|${port}|${protocol}|${appProtocol}`)
    .sort()
    .join(",");
}

/** `missing` is set when a pod was left out because its node is not known yet. */
export function desiredGroups(
  service: Service,
  pods: readonly Pod[],
  of: { family: string; node: (name: string) => Node | undefined },
): { groups: Map<string, PortGroup>; missing: boolean } {
  const groups = new Map<string, PortGroup>();
  const hasNamedPorts = (service.spec.ports ?? []).some(({ targetPort: target }) => typeof target === "string");
  let shared: PortGroup | undefined;
  let missing = false;
  for (const pod of pods) {
    const address = canBeEndpoint(pod) ? podAddress(pod, of.family) : undefined;
    if (address === undefined) continue;
    const node = of.node(pod.spec.nodeName ?? "");
    if (node === undefined) {
      missing = true;
      continue;
    }
    // Without named ports all pods are of one group.
    const group = (hasNamedPorts ? undefined : shared) ?? groupFor(groups, endpointPorts(service, pod));
    shared = group;
    group.endpoints.set(pod.metadata.uid, podToEndpoint(service, pod, { node, address }));
  }
  return { groups, missing };
}

function groupFor(groups: Map<string, PortGroup>, ports: readonly DiscoveryEndpointPort[]): PortGroup {
  const key = portsKey(ports);
  let group = groups.get(key);
  if (group === undefined) {
    group = { key, ports, endpoints: new Map() };
    groups.set(key, group);
  }
  return group;
}

/** A port that the pod doesn't have is left out. */
function endpointPorts(service: Service, pod: Pod): readonly DiscoveryEndpointPort[] {
  if (isHeadless(service) && (service.spec.ports ?? []).length === 0) return [];
  return (service.spec.ports ?? []).flatMap((servicePort): DiscoveryEndpointPort[] => {
    const port = targetPort(pod, servicePort);
    if (port === undefined) return [];
    const { name = "", protocol = "TCP", appProtocol } = servicePort;
    return [{ name, port, protocol, ...(appProtocol !== undefined && { appProtocol }) }];
  });
}

function podToEndpoint(service: Service, pod: Pod, at: { node: Node; address: string }): Endpoint {
  const { node, address } = at;
  const serving = isPodReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const hostname = endpointHostname(pod, service);
  const zone = node.metadata.labels?.[ZONE];
  const { namespace, name, uid } = pod.metadata;
  const hints = ready && !wantsHints(service) ? hintsFor(service, { zone, nodeName: node.metadata.name }) : undefined;
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(hostname !== undefined && { hostname }),
    nodeName: node.metadata.name,
    targetRef: { kind: "Pod", namespace, name, uid },
    ...(zone !== undefined && { zone }),
    ...(hints !== undefined && { hints }),
  };
}

/** For whom an endpoint is meant first. Upstream: endpointslice/trafficdist/trafficdist.go. */
function hintsFor(
  { spec }: Service,
  { zone, nodeName }: { zone: string | undefined; nodeName: string },
): EndpointHints | undefined {
  const forZones = zone === undefined ? {} : { forZones: [{ name: zone }] };
  switch (spec.trafficDistribution) {
    case "PreferClose":
    case "PreferSameZone":
      return zone === undefined ? undefined : forZones;
    case "PreferSameNode":
      return { ...forZones, forNodes: [{ name: nodeName }] };
    default:
      return undefined;
  }
}
