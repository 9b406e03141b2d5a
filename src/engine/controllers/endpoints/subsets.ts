/** The subsets of a service's Endpoints object. Upstream: pkg/controller/endpoint/endpoints_controller.go, pkg/api/v1/endpoints/util.go. */
import type { EndpointAddress, EndpointPort, EndpointSubset, Pod, Service } from "../../api/generated/types.ts";
import { isPodReady } from "../../api/core/pod/conditions.ts";
import { canBeEndpoint, endpointHostname, familiesOf, isHeadless, podAddress, targetPort } from "../service-pods.ts";

export const MAX_ADDRESSES = 1000;

interface Group {
  ports: readonly EndpointPort[];
  ready: EndpointAddress[];
  notReady: EndpointAddress[];
}

/** Pods with the same ports share a subset. Addresses are in order of their numbers. `truncated`: there were too many. */
export function desiredSubsets(
  service: Service,
  pods: readonly Pod[],
): { subsets: EndpointSubset[]; truncated: boolean } {
  const { publishNotReadyAddresses = false } = service.spec;
  // An Endpoints object has addresses of the service's first family alone.
  const [family = "IPv4"] = familiesOf(service);
  const hasNamedPorts = (service.spec.ports ?? []).some(({ targetPort: target }) => typeof target === "string");
  const groups = new Map<string, Group>();
  let shared: Group | undefined;
  for (const pod of pods) {
    const ip = canBeEndpoint(pod) ? podAddress(pod, family) : undefined;
    if (ip === undefined) continue;
    if (pod.metadata.deletionTimestamp !== undefined && !publishNotReadyAddresses) continue;
    const group = (hasNamedPorts ? undefined : shared) ?? groupFor(groups, service, pod);
    if (group === undefined) continue;
    shared = group;
    const list = publishNotReadyAddresses || isPodReady(pod) ? group.ready : group.notReady;
    list.push(addressOf(service, pod, ip));
  }
  const subsets = [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => toSubset(group));
  return truncate(subsets);
}

function groupFor(groups: Map<string, Group>, service: Service, pod: Pod): Group | undefined {
  const servicePorts = service.spec.ports ?? [];
  const ports = servicePorts.flatMap((servicePort): EndpointPort[] => {
    const port = targetPort(pod, servicePort);
    if (port === undefined) return [];
    const { name = "", protocol = "TCP", appProtocol } = servicePort;
    return [{ ...(name !== "" && { name }), port, protocol, ...(appProtocol !== undefined && { appProtocol }) }];
  });
  if (ports.length === 0 && !(isHeadless(service) && servicePorts.length === 0)) return undefined;
  const key = JSON.stringify(ports);
  let group = groups.get(key);
  if (group === undefined) {
    group = { ports, ready: [], notReady: [] };
    groups.set(key, group);
  }
  return group;
}

function addressOf(service: Service, pod: Pod, ip: string): EndpointAddress {
  const hostname = endpointHostname(pod, service);
  const { namespace, name, uid } = pod.metadata;
  const { nodeName } = pod.spec;
  return {
    ip,
    ...(hostname !== undefined && { hostname }),
    ...(nodeName !== undefined && { nodeName }),
    targetRef: { kind: "Pod", namespace, name, uid },
  };
}

function toSubset({ ports, ready, notReady }: Group): EndpointSubset {
  return {
    ...(ready.length > 0 && { addresses: ready.sort(byAddress) }),
    ...(notReady.length > 0 && { notReadyAddresses: notReady.sort(byAddress) }),
    ...(ports.length > 0 && { ports: [...ports] }),
  };
}

function byAddress(a: EndpointAddress, b: EndpointAddress): number {
  if (a.ip.includes(":")) return a.ip < b.ip ? -1 : 1;
  return addressNumber(a.ip) - addressNumber(b.ip);
}

function addressNumber(ip: string): number {
  let number = 0;
  for (const part of ip.split(".")) number = number * 256 + Number(part);
  return number;
}

function truncate(subsets: EndpointSubset[]): { subsets: EndpointSubset[]; truncated: boolean } {
  let room = MAX_ADDRESSES;
  let truncated = false;
  const take = (addresses: EndpointAddress[] | undefined): EndpointAddress[] => {
    const taken = (addresses ?? []).slice(0, room);
    if (taken.length < (addresses?.length ?? 0)) truncated = true;
    room -= taken.length;
    return taken;
  };
  // Ready addresses of all subsets come first.
  const ready = subsets.map(({ addresses }) => take(addresses));
  const notReady = subsets.map(({ notReadyAddresses }) => take(notReadyAddresses));
  if (!truncated) return { subsets, truncated };
  const kept = subsets.map(({ ports }, i) => ({
    ...(ready[i]?.length && { addresses: ready[i] }),
    ...(notReady[i]?.length && { notReadyAddresses: notReady[i] }),
    ...(ports && { ports }),
  }));
  return { subsets: kept as EndpointSubset[], truncated };
}
