/**
 * What an update of a service keeps of what was allocated, and what goes with its type. Upstream: patchAllocatedValues and
 * dropTypeDependentFields in pkg/registry/core/service/strategy.go.
 */
import { needsHealthCheck } from "../../api/core/service-validation.ts";
import type { Service, ServiceSpec } from "../../api/generated/types.ts";
import { deepEqual } from "../../base/json.ts";

export function needsAddress(spec: ServiceSpec): boolean {
  return spec.type !== "ExternalName";
}

/** Whether it may have node ports; those that it has stay when it is told to get none by itself any more. */
export function needsNodePorts({ type }: ServiceSpec): boolean {
  return type === "NodePort" || type === "LoadBalancer";
}

/** Whether it gets those that nobody names. */
export function allocatesNodePorts({ type, allocateLoadBalancerNodePorts = true }: ServiceSpec): boolean {
  return type === "NodePort" || (type === "LoadBalancer" && allocateLoadBalancerNodePorts);
}

export function nodePortsOf(spec: ServiceSpec): number[] {
  const ports = (spec.ports ?? []).map((port) => port.nodePort ?? 0);
  ports.push(spec.healthCheckNodePort ?? 0);
  return [...new Set(ports.filter((port) => port !== 0))];
}

export function withSpec(service: Service, change: Partial<ServiceSpec>): Service {
  return { ...service, spec: { ...service.spec, ...change } };
}

/** An update that leaves out what was allocated keeps it (upstream: patchAllocatedValues). */
export function patchAllocated(service: Service, before: ServiceSpec): Service {
  const { spec } = service;
  let patched = service;
  if (needsAddress(spec) && needsAddress(before)) {
    const clusterIP = spec.clusterIP || before.clusterIP;
    const clusterIPs =
      spec.clusterIPs !== undefined && spec.clusterIPs.length > 0 ? spec.clusterIPs : before.clusterIPs;
    if (clusterIP !== spec.clusterIP || clusterIPs !== spec.clusterIPs)
      patched = withSpec(patched, { clusterIP, clusterIPs });
  }
  if (needsHealthCheck(spec) && needsHealthCheck(before) && !spec.healthCheckNodePort) {
    patched = withSpec(patched, { healthCheckNodePort: before.healthCheckNodePort });
  }
  if (!needsNodePorts(spec) || !needsNodePorts(before)) return patched;
  const used = new Set(nodePortsOf(spec));
  // By the ports' names: whatever else of a port changes, it keeps its node's.
  const byName = new Map(before.ports?.map(({ name = "", nodePort = 0 }) => [name, nodePort]));
  const ports = (spec.ports ?? []).map((port) => {
    if ((port.nodePort ?? 0) !== 0) return port;
    const nodePort = byName.get(port.name ?? "") ?? 0;
    return nodePort === 0 || used.has(nodePort) ? port : { ...port, nodePort };
  });
  return ports.some((port, index) => port !== spec.ports?.[index]) ? withSpec(patched, { ports }) : patched;
}

/** Fields that only some types may have, and until when: what an update only repeats goes with its type. */
const TYPE_DEPENDENT: readonly (readonly [keyof ServiceSpec, (spec: ServiceSpec) => boolean])[] = [
  ["clusterIP", needsAddress],
  ["clusterIPs", needsAddress],
  ["ipFamilies", needsAddress],
  ["ipFamilyPolicy", needsAddress],
  ["internalTrafficPolicy", needsAddress],
  ["healthCheckNodePort", needsHealthCheck],
  ["externalTrafficPolicy", isExternal],
  ["allocateLoadBalancerNodePorts", isLoadBalancer],
  ["loadBalancerClass", isLoadBalancer],
];

function isLoadBalancer(spec: ServiceSpec): boolean {
  return spec.type === "LoadBalancer";
}

function isExternal(spec: ServiceSpec): boolean {
  if (spec.type === "NodePort" || spec.type === "LoadBalancer") return true;
  return spec.type === "ClusterIP" && (spec.externalIPs ?? []).length > 0;
}

/** Upstream: dropTypeDependentFields in pkg/registry/core/service/strategy.go. */
export function dropTypeDependent(service: Service, before: ServiceSpec): Service {
  const { spec } = service;
  const stale = TYPE_DEPENDENT.filter(
    ([field, allows]) =>
      spec[field] !== undefined && allows(before) && !allows(spec) && deepEqual(spec[field], before[field]),
  );
  // The balancer goes later; its addresses are hidden at once.
  const cleared = isLoadBalancer(before) && !isLoadBalancer(spec);
  const left = cleared ? { ...service, status: { ...service.status, loadBalancer: {} } } : service;
  if (stale.length === 0) return left;
  const kept = { ...spec };
  for (const [field] of stale) delete kept[field];
  return { ...left, spec: kept };
}

/** A service that turns from node ports to none drops those that it only had by allocation. */
export function withoutNodePorts(service: Service, before: ServiceSpec | undefined): Service {
  if (before === undefined || !needsNodePorts(before)) return service;
  const old = new Set(nodePortsOf(before));
  const ports = service.spec.ports?.map((port) => {
    if (port.nodePort === undefined || !old.has(port.nodePort)) return port;
    const bare = { ...port };
    delete bare.nodePort;
    return bare;
  });
  return ports?.some((port, index) => port !== service.spec.ports?.[index]) ? withSpec(service, { ports }) : service;
}
