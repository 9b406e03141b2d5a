/**
 * What a service takes when it is made and gives back when it goes: cluster addresses and node ports. Upstream:
 * pkg/registry/core/service/storage/{alloc,storage}.go.
 */
import type { Service, ServicePort, ServiceSpec } from "../../api/generated/types.ts";
import { needsHealthCheck } from "../../api/core/service-validation.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { invalid, invalidValue, type FieldError } from "../../api/meta/field-error.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import { deepEqual } from "../../base/json.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { PortRange } from "../settings/port-range.ts";
import type { ResourceHooks } from "../storage/resource-hooks.ts";
import type { AddressRange, IPFamily } from "./address-range.ts";
import type { AddressRecords } from "./address-records.ts";
import { IpAllocator } from "./ip-allocator.ts";
import { keepsPreference, withFamilies } from "./ip-families.ts";
import {
  allocatesNodePorts,
  dropTypeDependent,
  needsAddress,
  needsNodePorts,
  nodePortsOf,
  patchAllocated,
  withoutNodePorts,
  withSpec,
} from "./keep-allocated.ts";
import { PortAllocator } from "./port-allocator.ts";
import type { ServiceRanges } from "./service-ranges.ts";

const NONE = "None";
const SERVICE = { group: "", kind: "Service" };
/** A dry run shows what follows this one, and its own ports, in the place of node ports that would be taken. */
const BEFORE_SHOWN_PORTS = 32768;

/** What one write took, so that a write that fails gives it back. */
interface Taken {
  addresses: string[];
  ports: number[];
}

export interface ServiceStorageOptions {
  sim: Simulation;
  ranges: ServiceRanges;
  /** Of node ports. */
  nodePorts: () => PortRange;
  /** The services that are there: they hold what they have. */
  stored: Iterable<KubeObject>;
  /** Undefined: nobody keeps any. */
  records?: AddressRecords | undefined;
  /** Addresses are free again. */
  onRelease?(): void;
}

export class ServiceStorage implements ResourceHooks {
  private readonly options: ServiceStorageOptions;
  private readonly addresses: IpAllocator;
  private readonly ports: PortAllocator;
  private taken: Taken = { addresses: [], ports: [] };

  constructor(options: ServiceStorageOptions) {
    this.options = options;
    this.ports = new PortAllocator(options.nodePorts);
    this.addresses = new IpAllocator(() => options.ranges.ready());
    for (const service of options.stored as Iterable<Service>) {
      for (const address of addressesOf(service.spec)) this.addresses.hold(address);
      for (const port of nodePortsOf(service.spec)) this.ports.take(port);
    }
  }

  /** The addresses of a range that services have. */
  takenIn(range: AddressRange): string[] {
    return this.addresses.takenIn(range);
  }

  beginCreate(object: KubeObject, dryRun: boolean): KubeObject {
    this.taken = { addresses: [], ports: [] };
    return this.guarded(object, () => {
      const service = withFamilies(withList(object as Service), undefined, this.options.ranges.families);
      const placed = this.withPorts(this.withAddresses(service, undefined, dryRun), undefined, dryRun);
      return this.withHealthCheck(placed, undefined, dryRun);
    });
  }

  beginUpdate(object: KubeObject, old: KubeObject, dryRun: boolean): KubeObject {
    this.taken = { addresses: [], ports: [] };
    const before = (old as Service).spec;
    return this.guarded(object, () => {
      const kept = withList(dropTypeDependent(patchAllocated(object as Service, before), before), before);
      const patched = withFamilies(kept, before, this.options.ranges.families);
      const addressed = keepsPreference(patched.spec, before) ? patched : this.withAddresses(patched, before, dryRun);
      return this.withHealthCheck(this.withPorts(addressed, before, dryRun), before, dryRun);
    });
  }

  rollback(): void {
    for (const address of this.taken.addresses) this.addresses.release(address);
    for (const port of this.taken.ports) this.ports.release(port);
    this.taken = { addresses: [], ports: [] };
  }

  afterCreate(object: KubeObject): void {
    for (const address of addressesOf((object as Service).spec)) this.options.records?.add(address, object);
  }

  afterUpdate(object: KubeObject, old: KubeObject): void {
    const now = (object as Service).spec;
    const before = (old as Service).spec;
    const addresses = addressesOf(now);
    const held = addressesOf(before);
    this.release(held.filter((address) => !addresses.includes(address)));
    for (const address of addresses) if (!held.includes(address)) this.options.records?.add(address, object);
    const kept = new Set(nodePortsOf(now));
    for (const port of nodePortsOf(before)) if (!kept.has(port)) this.ports.release(port);
  }

  afterDelete(object: KubeObject): void {
    const { spec } = object as Service;
    this.release(addressesOf(spec));
    for (const port of nodePortsOf(spec)) this.ports.release(port);
  }

  private release(addresses: readonly string[]): void {
    for (const address of addresses) {
      this.addresses.release(address);
      this.options.records?.remove(address);
    }
    if (addresses.length > 0) this.options.onRelease?.();
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

  /** An address for each family: the one that is asked for, the one that it has already, or some. */
  private withAddresses(service: Service, before: ServiceSpec | undefined, dryRun: boolean): Service {
    const { spec } = service;
    const asked = spec.clusterIPs ?? [];
    if (!needsAddress(spec) || asked[0] === NONE) return service;
    // What was headless stays so, or is refused.
    if (before?.clusterIPs?.[0] === NONE && before.type !== "ExternalName") return service;
    const held = before === undefined ? [] : addressesOf(before);
    const clusterIPs = (spec.ipFamilies as IPFamily[]).map((family, index) => {
      const wanted = asked[index] ?? "";
      if (wanted === "") return this.takeAny(service, family, dryRun);
      if (!held.includes(wanted)) this.takeAddress(wanted, asked, dryRun);
      return wanted;
    });
    if (clusterIPs.some((address) => address === undefined)) return service;
    const [clusterIP] = clusterIPs;
    if (clusterIP === spec.clusterIP && deepEqual(clusterIPs, spec.clusterIPs)) return service;
    return withSpec(service, { clusterIP, clusterIPs: clusterIPs as string[] });
  }

  private takeAny({ metadata }: Service, family: IPFamily, dryRun: boolean): string | undefined {
    if (dryRun) return this.addresses.placeholder(family);
    const { namespace, name } = metadata;
    const stream = family === "IPv4" ? `clusterip/${namespace}/${name}` : `clusterip/${namespace}/${name}/${family}`;
    const address = this.addresses.takeAny(family, this.options.sim.random(stream));
    if (address === undefined) {
      throw new StatusError(
        500,
        "InternalError",
        "Internal error occurred: failed to allocate a serviceIP: range is full",
      );
    }
    this.taken.addresses.push(address);
    return address;
  }

  private takeAddress(address: string, all: readonly string[], dryRun: boolean): void {
    const problem = dryRun ? this.addresses.problemOf(address) : this.addresses.take(address);
    if (problem !== undefined) {
      throw new AllocationError(invalidValue("spec.clusterIPs", all, `failed to allocate IP ${address}: ${problem}`));
    }
    if (!dryRun) this.taken.addresses.push(address);
  }

  private withPorts(service: Service, before: ServiceSpec | undefined, dryRun: boolean): Service {
    const { spec } = service;
    if (!needsNodePorts(spec)) return withoutNodePorts(service, before);
    const held = new Set(before === undefined ? [] : nodePortsOf(before));
    const random = this.options.sim.random(`nodeport/${service.metadata.namespace}/${service.metadata.name}`);
    const byPort = new Map<number, number>();
    const inUse = new Set<number>();
    let changed = false;
    const ports = (spec.ports ?? []).map((port, index): ServicePort => {
      let nodePort: number | undefined = port.nodePort ?? 0;
      if (nodePort === 0 && !allocatesNodePorts(spec)) return port;
      if (nodePort === 0) nodePort = byPort.get(port.port) ?? (dryRun ? shownPort(inUse) : this.ports.takeAny(random));
      else if (!held.has(nodePort) && !inUse.has(nodePort)) {
        const problem = this.ports.take(nodePort);
        if (problem !== undefined) throw new AllocationError(this.portProblem(index, nodePort, problem));
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
      if (problem !== undefined) throw this.healthCheckProblem(asked, problem);
    }
    const { namespace, name } = service.metadata;
    const port =
      asked === 0 ? this.ports.takeAny(this.options.sim.random(`nodeport/${namespace}/${name}/health`)) : asked;
    if (port === undefined) throw this.healthCheckProblem(0, "full");
    if (dryRun) this.ports.release(port);
    else this.taken.ports.push(port);
    return asked === 0 ? withSpec(service, { healthCheckNodePort: port }) : service;
  }

  private healthCheckProblem(port: number, problem: "taken" | "out-of-range" | "full"): StatusError {
    const why = problem === "full" ? "range is full" : this.portProblem(0, port, problem).detail;
    const what = problem === "full" ? "a HealthCheck NodePort" : "requested HealthCheck NodePort";
    return new StatusError(500, "InternalError", `Internal error occurred: failed to allocate ${what} ${port}: ${why}`);
  }

  private portProblem(index: number, port: number, problem: "taken" | "out-of-range"): FieldError {
    const { first, last } = this.options.nodePorts();
    const why =
      problem === "taken"
        ? "provided port is already allocated"
        : `provided port is not in the valid range. The range of valid ports is ${first}-${last}`;
    return invalidValue(`spec.ports[${index}].nodePort`, port, why);
  }
}

class AllocationError extends Error {
  readonly complaint: FieldError;

  constructor(complaint: FieldError) {
    super(complaint.detail);
    this.complaint = complaint;
  }
}

function shownPort(own: ReadonlySet<number>): number {
  return Math.max(BEFORE_SHOWN_PORTS, ...own) + 1;
}

/** All that are real ones. */
function addressesOf({ clusterIP = "", clusterIPs = [clusterIP] }: ServiceSpec): string[] {
  return clusterIPs.filter((address) => address !== "" && address !== NONE);
}

/**
 * The list of addresses follows the one that clients of old speak of: they say it alone, or change it alone. Upstream:
 * normalizeClusterIPs in pkg/registry/core/service/strategy.go.
 */
function withList(service: Service, before?: ServiceSpec): Service {
  const { clusterIP = "", clusterIPs = [] } = service.spec;
  if (before === undefined) {
    return clusterIP === "" || clusterIPs.length > 0 ? service : withSpec(service, { clusterIPs: [clusterIP] });
  }
  if (clusterIP === (before.clusterIP ?? "") || !deepEqual(clusterIPs, before.clusterIPs ?? [])) return service;
  return withSpec(service, { clusterIPs: clusterIP === "" ? undefined : [clusterIP] });
}
