/**
 * How much a pod asks for. Upstream: component-helpers/resource/helpers.go (PodRequests),
 * pkg/scheduler/util/pod_resources.go (what counts for a container that asks for nothing).
 */
import { deepEqual } from "../../../base/json.ts";
import type {
  Container,
  ContainerStatus,
  Pod,
  PodSpec,
  PodStatus,
  ResourceRequirements,
} from "../../generated/types.ts";
import { milliValue, quantityValue } from "../../meta/quantity.ts";
import { memoize } from "../../meta/share.ts";
import { isSidecar } from "./sidecar.ts";

/** Amounts: CPU in thousandths, memory and storage in bytes, `scalar` for hugepages and extended resources. */
export interface Resources {
  milliCPU: number;
  memory: number;
  ephemeralStorage: number;
  scalar: Map<string, number> | undefined;
}

export interface PodRequests {
  readonly requests: Readonly<Resources>;
  /** CPU and memory with a default for containers that name none: what spreads pods that ask for nothing. */
  readonly nonZeroMilliCPU: number;
  readonly nonZeroMemory: number;
}

const DEFAULT_MILLI_CPU = 100;
const DEFAULT_MEMORY = 200 * 1024 * 1024;

export function emptyResources(): Resources {
  return { milliCPU: 0, memory: 0, ephemeralStorage: 0, scalar: undefined };
}

/** The amounts of a resource list; `pods` is no amount of this kind and left out. */
export function resourcesOf(list: Readonly<Record<string, string>> | undefined): Resources {
  const total = emptyResources();
  for (const name in list) {
    const text = list[name] as string;
    if (name === "cpu") total.milliCPU = milliValue(text);
    else if (name === "memory") total.memory = quantityValue(text);
    else if (name === "ephemeral-storage") total.ephemeralStorage = quantityValue(text);
    else if (name !== "pods") (total.scalar ??= new Map()).set(name, quantityValue(text));
  }
  return total;
}

export function addResources(total: Resources, more: Readonly<Resources>, sign = 1): void {
  total.milliCPU += sign * more.milliCPU;
  total.memory += sign * more.memory;
  total.ephemeralStorage += sign * more.ephemeralStorage;
  if (more.scalar === undefined) return;
  total.scalar ??= new Map();
  for (const [name, amount] of more.scalar) total.scalar.set(name, (total.scalar.get(name) ?? 0) + sign * amount);
}

function maximize(total: Resources, other: Resources): void {
  total.milliCPU = Math.max(total.milliCPU, other.milliCPU);
  total.memory = Math.max(total.memory, other.memory);
  total.ephemeralStorage = Math.max(total.ephemeralStorage, other.ephemeralStorage);
  if (other.scalar === undefined) return;
  total.scalar ??= new Map();
  for (const [name, amount] of other.scalar) total.scalar.set(name, Math.max(total.scalar.get(name) ?? 0, amount));
}

/** All that a pod's containers need at their worst moment: while running, or during one of the init containers. Kept by spec. */
export const podRequests = memoize((spec: PodSpec): PodRequests => {
  const requests = sumContainers(spec, (resources) => resourcesOf(resources?.requests));
  const nonZero = sumContainers(spec, withDefaults);
  overrideByPod(requests, spec.resources);
  overrideByPod(nonZero, spec.resources);
  if (spec.overhead !== undefined) {
    const overhead = resourcesOf(spec.overhead);
    addResources(requests, overhead);
    addResources(nonZero, overhead);
  }
  return { requests, nonZeroMilliCPU: nonZero.milliCPU, nonZeroMemory: nonZero.memory };
});

/**
 * What a pod takes up on its node: while a resize is under way as much as it has, was given or asks for, whatever is most;
 * an infeasible wish doesn't count. Upstream: PodRequests with UseStatusResources (AggregateContainerRequests).
 */
export function podRequestsInUse({ spec, status }: Pod): PodRequests {
  const ofSpec = podRequests(spec);
  if (!isBeingResized(spec, status)) return ofSpec;
  const { allocatedResources: podGiven, resources: podActual } = status ?? {};
  const given = podRequests(
    withRequests(spec, { status, ofPod: podGiven }, ({ allocatedResources: list }, own) => list ?? own),
  );
  const actual = podRequests(
    withRequests(
      spec,
      { status, ofPod: podActual?.requests ?? podGiven },
      ({ allocatedResources: list, resources }, own) => resources?.requests ?? list ?? own,
    ),
  );
  const pending = status?.conditions?.find(({ type }) => type === "PodResizePending");
  const all = pending?.reason === "Infeasible" ? [given, actual] : [given, actual, ofSpec];
  const requests = emptyResources();
  for (const each of all) maximize(requests, each.requests);
  return {
    requests,
    nonZeroMilliCPU: Math.max(...all.map(({ nonZeroMilliCPU }) => nonZeroMilliCPU)),
    nonZeroMemory: Math.max(...all.map(({ nonZeroMemory }) => nonZeroMemory)),
  };
}

type Requests = Readonly<Record<string, string>> | undefined;

function isBeingResized(spec: PodSpec, status: PodStatus | undefined): boolean {
  const differs = (containers: readonly Container[] | undefined, statuses: readonly ContainerStatus[] | undefined) =>
    statuses?.some(({ name, allocatedResources, resources }) => {
      if (allocatedResources === undefined && resources === undefined) return false;
      const own = containers?.find((container) => container.name === name)?.resources?.requests ?? NOTHING;
      const isOther = (list: Requests): boolean => list !== undefined && list !== own && !deepEqual(list, own);
      return isOther(allocatedResources) || isOther(resources?.requests);
    }) === true;
  const ofPod = spec.resources?.requests;
  return (
    (status?.allocatedResources !== undefined && !deepEqual(status.allocatedResources, ofPod)) ||
    differs(spec.containers, status?.containerStatuses) ||
    differs(spec.initContainers, status?.initContainerStatuses)
  );
}

/** The same containers, with requests as their statuses have them. */
function withRequests(
  spec: PodSpec,
  { status, ofPod }: { status: PodStatus | undefined; ofPod: Requests },
  requestsOf: (status: ContainerStatus, own: Requests) => Requests,
): PodSpec {
  const change =
    (statuses: readonly ContainerStatus[] | undefined) =>
    (container: Container): Container => {
      const known = statuses?.find(({ name }) => name === container.name);
      if (known === undefined) return container;
      return { ...container, resources: { requests: requestsOf(known, container.resources?.requests) ?? NOTHING } };
    };
  const { initContainers } = spec;
  return {
    ...spec,
    ...(spec.resources !== undefined && ofPod !== undefined && { resources: { ...spec.resources, requests: ofPod } }),
    containers: (spec.containers ?? []).map(change(status?.containerStatuses)),
    ...(initContainers && { initContainers: initContainers.map(change(status?.initContainerStatuses)) }),
  };
}

const NOTHING = {};

export function equalRequests(a: PodRequests, b: PodRequests): boolean {
  if (a === b) return true;
  const [mine, other] = [a.requests, b.requests];
  return (
    a.nonZeroMilliCPU === b.nonZeroMilliCPU &&
    a.nonZeroMemory === b.nonZeroMemory &&
    mine.milliCPU === other.milliCPU &&
    mine.memory === other.memory &&
    mine.ephemeralStorage === other.ephemeralStorage &&
    mine.scalar?.size === other.scalar?.size &&
    [...(mine.scalar ?? [])].every(([name, amount]) => other.scalar?.get(name) === amount)
  );
}

/**
 * Bytes of memory that all containers of a pod together may have; undefined when one of them has no limit and the pod
 * neither. Upstream: ResourceConfigForPod of pkg/kubelet/cm.
 */
export function podMemoryLimit(spec: PodSpec): number | undefined {
  const own = spec.resources?.limits?.["memory"];
  if (own !== undefined) return quantityValue(own);
  const isLimited = ({ resources }: Container): boolean => resources?.limits?.["memory"] !== undefined;
  if (!spec.containers.every(isLimited) || spec.initContainers?.every(isLimited) === false) return undefined;
  return sumContainers(spec, (resources) => resourcesOf(resources?.limits)).memory;
}

type Reader = (resources: ResourceRequirements | undefined) => Resources;

function withDefaults(resources: ResourceRequirements | undefined): Resources {
  const list = resources?.requests;
  const { milliCPU, memory } = resourcesOf(list);
  return {
    milliCPU: list?.["cpu"] === undefined ? DEFAULT_MILLI_CPU : milliCPU,
    memory: list?.["memory"] === undefined ? DEFAULT_MEMORY : memory,
    ephemeralStorage: 0,
    scalar: undefined,
  };
}

function sumContainers(spec: PodSpec, read: Reader): Resources {
  const total = emptyResources();
  for (const container of spec.containers ?? []) addResources(total, read(container.resources));
  if (spec.initContainers === undefined || spec.initContainers.length === 0) return total;
  // A sidecar runs on beside what starts after it; a plain init container runs beside earlier sidecars only.
  const sidecars = emptyResources();
  const peak = emptyResources();
  for (const container of spec.initContainers) {
    const own = read(container.resources);
    if (isSidecar(container)) {
      addResources(total, own);
      addResources(sidecars, own);
      maximize(peak, sidecars);
    } else {
      addResources(own, sidecars);
      maximize(peak, own);
    }
  }
  maximize(total, peak);
  return total;
}

/** spec.resources of the pod itself comes before the sum of its containers. */
function overrideByPod(total: Resources, own: ResourceRequirements | undefined): void {
  const requests = own?.requests;
  if (requests === undefined) return;
  const amounts = resourcesOf(requests);
  if (requests["cpu"] !== undefined) total.milliCPU = amounts.milliCPU;
  if (requests["memory"] !== undefined) total.memory = amounts.memory;
  for (const [name, amount] of amounts.scalar ?? []) (total.scalar ??= new Map()).set(name, amount);
}
