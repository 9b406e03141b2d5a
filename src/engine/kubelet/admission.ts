/**
 * Whether the node takes a pod that was bound to it. Upstream: pkg/kubelet/lifecycle/predicate.go, and the scheduler's
 * GeneralPredicates.
 */
import { requiredNodes } from "../api/core/node-selectors.ts";
import { computeQosClass } from "../api/core/pod/qos.ts";
import { podRequests } from "../api/core/pod/resources.ts";
import { findTolerating } from "../api/core/tolerations.ts";
import type { Node, Pod, PodSpec } from "../api/generated/types.ts";
import { milliValue, quantityValue } from "../api/meta/quantity.ts";

export interface Refusal {
  reason: string;
  message: string;
}

/** What running pods hold. `cpu` in thousandths, the rest in whole units; `pods` counts them. */
export interface Holdings {
  cpu: number;
  memory: number;
  pods: number;
}

export function addHoldings(holdings: Holdings, spec: PodSpec, sign: 1 | -1): void {
  const { requests } = podRequests(spec);
  holdings.cpu += sign * requests.milliCPU;
  holdings.memory += sign * requests.memory;
  holdings.pods += sign;
}

/** Why the node can't take the pod; undefined when it can. */
export function admitPod(
  pod: Pod,
  facts: {
    node: Node | undefined;
    allocatable: Readonly<Record<string, string>>;
    used: Holdings;
    pressures: readonly string[];
  },
): Refusal | undefined {
  if (facts.pressures.length > 0 && !bearsPressure(pod, facts.pressures)) {
    return { reason: "Evicted", message: `The node had condition: [${facts.pressures.join(" ")}]. ` };
  }
  const { node, allocatable, used } = facts;
  const { milliCPU: cpu, memory } = podRequests(pod.spec).requests;
  const podLimit = Number(allocatable["pods"] ?? 110);
  if (used.pods + 1 > podLimit) return outOf("pods", { requested: 1, used: used.pods, capacity: podLimit });
  const cpuCapacity = milliValue(allocatable["cpu"] ?? "0");
  if (cpu > 0 && used.cpu + cpu > cpuCapacity) {
    return outOf("cpu", { requested: cpu, used: used.cpu, capacity: cpuCapacity });
  }
  const memoryCapacity = quantityValue(allocatable["memory"] ?? "0");
  if (memory > 0 && used.memory + memory > memoryCapacity) {
    return outOf("memory", { requested: memory, used: used.memory, capacity: memoryCapacity });
  }
  const matches = node === undefined ? undefined : requiredNodes(pod.spec);
  if (node !== undefined && matches?.({ name: node.metadata.name, labels: node.metadata.labels ?? {} }) === false) {
    const message = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector";
    return { reason: "NodeAffinity", message };
  }
  return undefined;
}

/** Upstream: eviction_manager.go, Admit. */
function bearsPressure({ spec }: Pod, pressures: readonly string[]): boolean {
  if ((spec.priority ?? 0) >= CRITICAL_PRIORITY) return true;
  if (pressures.some((pressure) => pressure !== "MemoryPressure")) return false;
  if (computeQosClass(spec) !== "BestEffort") return true;
  return findTolerating(spec.tolerations, MEMORY_TAINT) !== undefined;
}

const CRITICAL_PRIORITY = 2_000_000_000;
const MEMORY_TAINT = { key: "node.kubernetes.io/memory-pressure", effect: "NoSchedule" };

export function outOf(resource: string, amounts: { requested: number; used: number; capacity: number }): Refusal {
  const { requested, used, capacity } = amounts;
  return {
    reason: `OutOf${resource}`,
    message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  };
}
