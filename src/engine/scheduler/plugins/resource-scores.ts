/** How a node's fullness becomes a score. Upstream: pkg/scheduler/framework/plugins/noderesources. */
import { MAX_NODE_SCORE } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodInfo } from "../pod-info.ts";

export interface WeightedResource {
  readonly name: string;
  readonly weight: number;
}

export interface ScoringStrategy {
  readonly type: "LeastAllocated" | "MostAllocated" | "RequestedToCapacityRatio";
  readonly resources: readonly WeightedResource[];
  /** Only for RequestedToCapacityRatio: utilization 0..100 to score 0..10, by rising utilization. */
  readonly shape?: readonly { utilization: number; score: number }[];
}

export const CPU_AND_MEMORY: readonly WeightedResource[] = [
  { name: "cpu", weight: 1 },
  { name: "memory", weight: 1 },
];
export const DEFAULT_STRATEGY: ScoringStrategy = { type: "LeastAllocated", resources: CPU_AND_MEMORY };

/** What a node has of a resource. An extended one that the pod doesn't ask for says nothing about where it should go: 0. */
export function offeredTo(pod: PodInfo, { allocatable }: NodeInfo, resource: string): number {
  switch (resource) {
    case "cpu":
      return allocatable.milliCPU;
    case "memory":
      return allocatable.memory;
    case "ephemeral-storage":
      return allocatable.ephemeralStorage;
    default: {
      const wanted = pod.requests.requests.scalar?.get(resource) ?? 0;
      return wanted === 0 ? 0 : (allocatable.scalar?.get(resource) ?? 0);
    }
  }
}

/** What would be requested of a resource with the pod on the node. */
export function requestedWith(pod: PodInfo, { requested }: NodeInfo, resource: string): number {
  const { requests } = pod.requests;
  switch (resource) {
    case "cpu":
      return requested.milliCPU + requests.milliCPU;
    case "memory":
      return requested.memory + requests.memory;
    case "ephemeral-storage":
      return requested.ephemeralStorage + requests.ephemeralStorage;
    default:
      return (requested.scalar?.get(resource) ?? 0) + (requests.scalar?.get(resource) ?? 0);
  }
}

/** The same, with defaults for what asks for no CPU or memory. */
function nonZeroRequestedWith(pod: PodInfo, node: NodeInfo, resource: string): number {
  if (resource === "cpu") return node.nonZeroMilliCPU + pod.requests.nonZeroMilliCPU;
  if (resource === "memory") return node.nonZeroMemory + pod.requests.nonZeroMemory;
  return requestedWith(pod, node, resource);
}

/** Weighted mean over the strategy's resources that the node has. */
export function scoreResources(pod: PodInfo, node: NodeInfo, strategy: ScoringStrategy): number {
  let sum = 0;
  let weights = 0;
  const ratio = strategy.type === "RequestedToCapacityRatio";
  for (const { name, weight } of strategy.resources) {
    const capacity = offeredTo(pod, node, name);
    if (capacity === 0) continue;
    const score = scoreOne(nonZeroRequestedWith(pod, node, name), capacity, strategy);
    if (ratio && score <= 0) continue;
    sum += score * weight;
    weights += weight;
  }
  if (weights === 0) return 0;
  return ratio ? Math.round(sum / weights) : Math.floor(sum / weights);
}

function scoreOne(requested: number, capacity: number, strategy: ScoringStrategy): number {
  switch (strategy.type) {
    case "LeastAllocated":
      return requested > capacity ? 0 : Math.floor(((capacity - requested) * MAX_NODE_SCORE) / capacity);
    case "MostAllocated":
      return Math.floor((Math.min(requested, capacity) * MAX_NODE_SCORE) / capacity);
    case "RequestedToCapacityRatio": {
      const utilization = requested > capacity ? 100 : Math.floor((requested * 100) / capacity);
      return interpolate(strategy.shape ?? [], utilization);
    }
  }
}

/** The score between two points of the shape; scores of a shape go to 10, nodes' to 100. */
function interpolate(shape: readonly { utilization: number; score: number }[], utilization: number): number {
  const scale = MAX_NODE_SCORE / 10;
  let before: { utilization: number; score: number } | undefined;
  for (const point of shape) {
    if (utilization <= point.utilization) {
      if (before === undefined) return point.score * scale;
      const rise = (point.score - before.score) * scale * (utilization - before.utilization);
      return before.score * scale + Math.trunc(rise / (point.utilization - before.utilization));
    }
    before = point;
  }
  return (before?.score ?? 0) * scale;
}
