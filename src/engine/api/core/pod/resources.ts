/**
 * What a pod asks for, and its quality-of-service class.
 * Upstream: component-helpers resource/helpers.go, pkg/apis/core/v1/helper/qos/qos.go.
 */
import type { Container, PodSpec } from "../../generated/types.ts";
import { compareQuantities, milliValue, parseQuantity, quantityValue } from "../../meta/quantity.ts";
import { memoize } from "../../meta/share.ts";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

/** Resource name → amount. `cpu` in thousandths of a CPU, everything else in whole units (bytes, pieces). */
export class ResourceAmounts extends Map<string, number> {
  get cpuMilli(): number {
    return this.get("cpu") ?? 0;
  }

  get memoryBytes(): number {
    return this.get("memory") ?? 0;
  }
}

/** Thousandths for `cpu`, whole units for the rest. */
export function resourceAmount(name: string, text: string): number {
  return name === "cpu" ? milliValue(text) : quantityValue(text);
}

/** Amounts of a resource list such as a node's `allocatable`. */
export function resourceAmounts(list: Readonly<Record<string, string>> | undefined): ResourceAmounts {
  const amounts = new ResourceAmounts();
  for (const name in list) amounts.set(name, resourceAmount(name, list[name] as string));
  return amounts;
}

/** An init container that keeps running beside the app containers. */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === "Always";
}

/** Requests of a whole pod, kept by spec: the larger of what runs together and what runs during initialization. */
export function podRequests(pod: { spec: PodSpec }): ResourceAmounts {
  return requestsOf(pod.spec);
}

/** Limits of a whole pod, kept by spec; a resource that some container doesn't limit is still summed over the others. */
export function podLimits(pod: { spec: PodSpec }): ResourceAmounts {
  return limitsOf(pod.spec);
}

const requestsOf = memoize((spec: PodSpec): ResourceAmounts => aggregate(spec, "requests"));
const limitsOf = memoize((spec: PodSpec): ResourceAmounts => aggregate(spec, "limits"));

function aggregate(spec: PodSpec, list: "requests" | "limits"): ResourceAmounts {
  const total = new ResourceAmounts();
  for (const container of spec.containers ?? []) add(total, resourceAmounts(container.resources?.[list]));
  const sidecars = new Map<string, number>();
  const initialization = new Map<string, number>();
  for (const container of spec.initContainers ?? []) {
    const own = resourceAmounts(container.resources?.[list]);
    if (isSidecar(container)) {
      add(total, own);
      add(sidecars, own);
      raise(initialization, sidecars);
    } else {
      add(own, sidecars);
      raise(initialization, own);
    }
  }
  raise(total, initialization);
  for (const [name, amount] of resourceAmounts(spec.resources?.[list])) total.set(name, amount);
  if (spec.overhead !== undefined) {
    const overhead = resourceAmounts(spec.overhead);
    for (const [name, amount] of overhead) {
      if (list === "requests" || total.has(name)) total.set(name, (total.get(name) ?? 0) + amount);
    }
  }
  return total;
}

function add(sum: Map<string, number>, amounts: ReadonlyMap<string, number>): void {
  for (const [name, amount] of amounts) sum.set(name, (sum.get(name) ?? 0) + amount);
}

function raise(maximum: Map<string, number>, amounts: ReadonlyMap<string, number>): void {
  for (const [name, amount] of amounts) if (amount > (maximum.get(name) ?? 0)) maximum.set(name, amount);
}

/** The class that follows from a spec, kept by spec. A pod carries it in `status.qosClass`. */
export const computeQosClass = memoize((spec: PodSpec): QosClass => {
  const pod = spec.resources;
  const units = pod === undefined ? [...(spec.containers ?? []), ...(spec.initContainers ?? [])] : [{ resources: pod }];
  const requests = new Map<string, string[]>();
  const limits = new Map<string, string[]>();
  let guaranteed = true;
  for (const { resources } of units) {
    collect(requests, resources?.requests);
    const limited = collect(limits, resources?.limits);
    if (!limited.has("cpu") || !limited.has("memory")) guaranteed = false;
  }
  if (requests.size === 0 && limits.size === 0) return "BestEffort";
  if (!guaranteed || requests.size !== limits.size) return "Burstable";
  for (const [name, texts] of requests) {
    const other = limits.get(name);
    if (other === undefined || sum(texts) !== sum(other)) return "Burstable";
  }
  return "Guaranteed";
});

/** Only cpu and memory above zero count. */
function collect(into: Map<string, string[]>, list: Readonly<Record<string, string>> | undefined): Set<string> {
  const seen = new Set<string>();
  for (const name of ["cpu", "memory"]) {
    const text = list?.[name];
    if (text === undefined || compareQuantities(parseQuantity(text), parseQuantity("0")) <= 0) continue;
    seen.add(name);
    into.set(name, [...(into.get(name) ?? []), text]);
  }
  return seen;
}

function sum(texts: readonly string[]): number {
  return texts.reduce((total, text) => total + milliValue(text), 0);
}
