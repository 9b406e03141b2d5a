/**
 * What a service takes when it is made and gives back when it goes: a cluster address and node ports. Upstream:
 * pkg/registry/core/service/storage/{alloc,storage}.go.
 * Simplified: IPv4 only.
 */
import type { Service, ServicePort, ServiceSpec } from "../../api/generated/types.ts";
import { needsHealthCheck } from "../../api/core/service-validation.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { invalid, invalidValue, type FieldError } from "../../api/meta/field-error.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import { deepEqual } from "../../base/json.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { ResourceHooks } from "../storage/resource-hooks.ts";
import type { AddressRecords } from "./address-records.ts";
import { IpAllocator, SERVICE_RANGE } from "./ip-allocator.ts";
import { FIRST_NODE_PORT, LAST_NODE_PORT, PortAllocator } from "./port-allocator.ts";

const NONE = "None";
const SERVICE = { group: "", kind: "Service" };

/** What one write took, so that a write that fails gives it back. */
interface Taken {
  address: string | undefined;
  ports: number[];
}

export class ServiceStorage implements ResourceHooks {
  private readonly sim: Simulation;
  /** Undefined: nobody keeps any. */
  private readonly records: AddressRecords | undefined;
  private readonly addresses = new IpAllocator();
  private readonly ports = new PortAllocator();
  private taken: Taken = { address: undefined, ports: [] };

  /** Begins with what the stored services hold. */
  constructor(sim: Simulation, stored: Iterable<KubeObject>, records?: AddressRecords) {
    this.sim = sim;
    this.records = records;
    for (const service of stored as Iterable<Service>) {
      const address = addressOf(service.spec);
      if (address !== undefined) this.addresses.take(address);
      for (const port of nodePortsOf(service.spec)) this.ports.take(port);
    }
  }

  beginCreate(object: KubeObject, dryRun: boolean): KubeObject {
    this.taken = { address: undefined, ports: [] };
    return this.guarded(object, () => {
      const service = withFamilies(object as Service);
      const placed = this.withPorts(this.withAddress(service, dryRun), undefined, dryRun);
      return this.withHealthCheck(placed, undefined, dryRun);
    });
  }

  beginUpdate(object: KubeObject, old: KubeObject, dryRun: boolean): KubeObject {
    this.taken = { address: undefined, ports: [] };
    const before = (old as Service).spec;
    return this.guarded(object, () => {
      const patched = withFamilies(dropTypeDependent(patchAllocated(object as Service, before), before));
      const kept = addressOf(before) !== undefined && addressOf(before) === addressOf(patched.spec);
      const addressed = kept ? patched : this.withAddress(patched, dryRun);
      return this.withHealthCheck(this.withPorts(addressed, before, dryRun), before, dryRun);
    });
  }

  rollback(): void {
    if (this.taken.address !== undefined) this.addresses.release(this.taken.address);
    for (const port of this.taken.ports) this.ports.release(port);
    this.taken = { address: undefined, ports: [] };
  }

  afterCreate(object: KubeObject): void {
    const address = addressOf((object as Service).spec);
    if (address !== undefined) this.records?.add(address, object);
  }

  afterUpdate(object: KubeObject, old: KubeObject): void {
    const now = (object as Service).spec;
    const before = (old as Service).spec;
    const address = addressOf(before);
    const next = addressOf(now);
    if (address !== next) {
      if (address !== undefined) this.release(address);
      if (next !== undefined) this.records?.add(next, object);
    }
    const kept = new Set(nodePortsOf(now));
    for (const port of nodePortsOf(before)) if (!kept.has(port)) this.ports.release(port);
  }

  afterDelete(object: KubeObject): void {
    const { spec } = object as Service;
    const address = addressOf(spec);
    if (address !== undefined) this.release(address);
    for (const port of nodePortsOf(spec)) this.ports.release(port);
  }

  private release(address: string): void {
    this.addresses.release(address);
    this.records?.remove(address);
  }

  private guarded(object: KubeObject, act: () => Service): Service {
    try {
      return act();
    } catch (error) {
      this.rollback();
      if (error instanceof StatusError || !(error instanceof AllocationError)) throw error;
      throw invalid(SERVICE, object.metadata.name, [error.complaint]);
    }
  }

  private withAddress(service: Service, dryRun: boolean): Service {
    const { spec } = service;
    if (!needsAddress(spec)) return service;
    const asked = spec.clusterIP ?? "";
    if (asked === NONE) return spec.clusterIPs?.[0] === NONE ? service : withSpec(service, { clusterIPs: [NONE] });
    if (asked !== "") {
      const problem = dryRun && this.addresses.has(asked) ? "taken" : this.takeAddress(asked, dryRun);
      if (problem !== undefined) throw new AllocationError(addressProblem(asked, problem));
      return withSpec(service, { clusterIP: asked, clusterIPs: [asked] });
    }
    // A dry run shows no address, as upstream: none is taken for it.
    if (dryRun) return service;
    const { namespace, name } = service.metadata;
    const address = this.addresses.takeAny(this.sim.random(`clusterip/${namespace}/${name}`));
    if (address === undefined) {
      throw new StatusError(
        500,
        "InternalError",
        "Internal error occurred: failed to allocate a serviceIP: range is full",
      );
    }
    this.taken.address = address;
    return withSpec(service, { clusterIP: address, clusterIPs: [address] });
  }

  private takeAddress(address: string, dryRun: boolean): "taken" | "out-of-range" | undefined {
    const problem = this.addresses.take(address);
    if (problem === undefined) {
      if (dryRun) this.addresses.release(address);
      else this.taken.address = address;
    }
    return problem;
  }

  private withPorts(service: Service, before: ServiceSpec | undefined, dryRun: boolean): Service {
    const { spec } = service;
    if (!needsNodePorts(spec)) return withoutNodePorts(service, before);
    const held = new Set(before === undefined ? [] : nodePortsOf(before));
    const random = this.sim.random(`nodeport/${service.metadata.namespace}/${service.metadata.name}`);
    const byPort = new Map<number, number>();
    const inUse = new Set<number>();
    let changed = false;
    const ports = (spec.ports ?? []).map((port, index): ServicePort => {
      let nodePort: number | undefined = port.nodePort ?? 0;
      if (nodePort === 0) nodePort = byPort.get(port.port) ?? (dryRun ? undefined : this.ports.takeAny(random));
      else if (!held.has(nodePort) && !inUse.has(nodePort)) {
        const problem = this.ports.take(nodePort);
        if (problem !== undefined) throw new AllocationError(portProblem(index, nodePort, problem));
        if (dryRun) this.ports.release(nodePort);
      }
      if (nodePort === undefined) return port;
      if (!held.has(nodePort) && !inUse.has(nodePort) && !dryRun) this.taken.ports.push(nodePort);
      inUse.add(nodePort);
      byPort.set(port.port, nodePort);
      if (nodePort === port.nodePort) return port;
      changed = true;
      return { ...port, nodePort };
    });
    return changed ? withSpec(service, { ports }) : service;
  }

  /** The port where a node says whether it has an endpoint of the service. */
  private withHealthCheck(service: Service, before: ServiceSpec | undefined, dryRun: boolean): Service {
    const asked = service.spec.healthCheckNodePort ?? 0;
    const held = before === undefined ? 0 : (before.healthCheckNodePort ?? 0);
    if (!needsHealthCheck(service.spec)) return service;
    if (asked !== 0) {
      // One that differs from the old one is validation's to refuse.
      if (held !== 0) return service;
      const problem = this.ports.take(asked);
      if (problem !== undefined) throw healthCheckProblem(asked, problem);
    }
    const { namespace, name } = service.metadata;
    const port = asked === 0 ? this.ports.takeAny(this.sim.random(`nodeport/${namespace}/${name}/health`)) : asked;
    if (port === undefined) throw healthCheckProblem(0, "full");
    if (dryRun) this.ports.release(port);
    else this.taken.ports.push(port);
    return asked === 0 ? withSpec(service, { healthCheckNodePort: port }) : service;
  }
}

function healthCheckProblem(port: number, problem: "taken" | "out-of-range" | "full"): StatusError {
  const why = problem === "full" ? "range is full" : portProblem(0, port, problem).detail;
  const what = problem === "full" ? "a HealthCheck NodePort" : "requested HealthCheck NodePort";
  return new StatusError(500, "InternalError", `Internal error occurred: failed to allocate ${what} ${port}: ${why}`);
}

class AllocationError extends Error {
  readonly complaint: FieldError;

  constructor(complaint: FieldError) {
    super(complaint.detail);
    this.complaint = complaint;
  }
}

function addressProblem(address: string, problem: "taken" | "out-of-range"): FieldError {
  const why =
    problem === "taken"
      ? "provided IP is already allocated"
      : `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${SERVICE_RANGE}`;
  return invalidValue("spec.clusterIPs", [address], `failed to allocate IP ${address}: ${why}`);
}

function portProblem(index: number, port: number, problem: "taken" | "out-of-range"): FieldError {
  const why =
    problem === "taken"
      ? "provided port is already allocated"
      : `provided port is not in the valid range. The range of valid ports is ${FIRST_NODE_PORT}-${LAST_NODE_PORT}`;
  return invalidValue(`spec.ports[${index}].nodePort`, port, why);
}

function needsAddress(spec: ServiceSpec): boolean {
  return spec.type !== "ExternalName";
}

function needsNodePorts(spec: ServiceSpec): boolean {
  if (spec.type === "NodePort") return true;
  return spec.type === "LoadBalancer" && (spec.allocateLoadBalancerNodePorts ?? true);
}

function addressOf(spec: ServiceSpec): string | undefined {
  const address = spec.clusterIP ?? "";
  return address === "" || address === NONE ? undefined : address;
}

function nodePortsOf(spec: ServiceSpec): number[] {
  const ports = (spec.ports ?? []).map((port) => port.nodePort ?? 0);
  ports.push(spec.healthCheckNodePort ?? 0);
  return [...new Set(ports.filter((port) => port !== 0))];
}

function withSpec(service: Service, change: Partial<ServiceSpec>): Service {
  return { ...service, spec: { ...service.spec, ...change } };
}

function withFamilies(service: Service): Service {
  const { spec } = service;
  if (!needsAddress(spec)) return service;
  if (spec.ipFamilies !== undefined && spec.ipFamilyPolicy !== undefined) return service;
  return withSpec(service, {
    ipFamilies: spec.ipFamilies ?? ["IPv4"],
    ipFamilyPolicy: spec.ipFamilyPolicy ?? "SingleStack",
  });
}

/** An update that leaves out what was allocated keeps it (upstream: patchAllocatedValues). */
function patchAllocated(service: Service, before: ServiceSpec): Service {
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
  const ports = (spec.ports ?? []).map((port) => {
    if ((port.nodePort ?? 0) !== 0) return port;
    const same = before.ports?.find((old) => old.port === port.port && old.protocol === port.protocol);
    const nodePort = same?.nodePort ?? 0;
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
function dropTypeDependent(service: Service, before: ServiceSpec): Service {
  const { spec } = service;
  const stale = TYPE_DEPENDENT.filter(
    ([field, allows]) =>
      spec[field] !== undefined && allows(before) && !allows(spec) && deepEqual(spec[field], before[field]),
  );
  if (stale.length === 0) return service;
  const kept = { ...spec };
  for (const [field] of stale) delete kept[field];
  return { ...service, spec: kept };
}

/** A service that turns from node ports to none drops those that it only had by allocation. */
function withoutNodePorts(service: Service, before: ServiceSpec | undefined): Service {
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
