/**
 * Whether the node takes a pod that was bound to it. Upstream: pkg/kubelet/lifecycle/predicate.go, and the scheduler's
 * GeneralPredicates.
 */
import { podRequests } from "../api/core/pod/resources.ts";
import type { Node, NodeSelectorRequirement, NodeSelectorTerm, Pod } from "../api/generated/types.ts";
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

export function addHoldings(holdings: Holdings, pod: Pod, sign: 1 | -1): void {
  const { requests } = podRequests(pod.spec);
  holdings.cpu += sign * requests.milliCPU;
  holdings.memory += sign * requests.memory;
  holdings.pods += sign;
}

/** Why the node can't take the pod; undefined when it can. */
export function admitPod(
  pod: Pod,
  facts: { node: Node | undefined; allocatable: Readonly<Record<string, string>>; used: Holdings },
): Refusal | undefined {
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
  if (node !== undefined && !matchesNode(pod, node)) {
    const message = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector";
    return { reason: "NodeAffinity", message };
  }
  return undefined;
}

function outOf(resource: string, amounts: { requested: number; used: number; capacity: number }): Refusal {
  const { requested, used, capacity } = amounts;
  return {
    reason: `OutOf${resource}`,
    message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  };
}

function matchesNode(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  const { nodeSelector, affinity } = pod.spec;
  for (const key in nodeSelector) if (labels[key] !== nodeSelector[key]) return false;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required === undefined) return true;
  return required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length === 0 && fields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  return (
    expressions.every((requirement) => matchesRequirement(requirement, labels[requirement.key])) &&
    fields.every((requirement) =>
      matchesRequirement(requirement, requirement.key === "metadata.name" ? node.metadata.name : undefined),
    )
  );
}

function matchesRequirement({ operator, values = [] }: NodeSelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return value !== undefined && Number(value) > Number(values[0]);
    case "Lt":
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}
