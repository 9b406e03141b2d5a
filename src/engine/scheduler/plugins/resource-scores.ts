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

/** What would be requested of a resource with the pod on the node. `useRequested`: no defaults for what asks for nothing. */
export function requestedWith(
  pod: PodInfo,
  node: NodeInfo,
  resource: { name: string; useRequested: boolean },
): { requested: number; allocatable: number } {
  const { requests, nonZeroMilliCPU, nonZeroMemory } = pod.requests;
  const { allocatable, requested } = node;
  const { useRequested } = resource;
  switch (resource.name) {
    case "cpu":
      return {
        allocatable: allocatable.milliCPU,
        requested: useRequested ? requested.milliCPU + requests.milliCPU : node.nonZeroMilliCPU + nonZeroMilliCPU,
      };
    case "memory":
      return {
        allocatable: allocatable.memory,
        requested: useRequested ? requested.memory + requests.memory : node.nonZeroMemory + nonZeroMemory,
      };
    case "ephemeral-storage":
      return {
        allocatable: allocatable.ephemeralStorage,
        requested: requested.ephemeralStorage + requests.ephemeralStorage,
      };
    default: {
      // A resource that the pod doesn't ask for says nothing about where it should go.
      const wanted = requests.scalar?.get(resource.name) ?? 0;
      if (wanted === 0) return { allocatable: 0, requested: 0 };
      return {
        allocatable: allocatable.scalar?.get(resource.name) ?? 0,
        requested: (requested.scalar?.get(resource.name) ?? 0) + wanted,
      };
    }
  }
}

/** Weighted mean over the strategy's resources that the node has. */
export function scoreResources(pod: PodInfo, node: NodeInfo, strategy: ScoringStrategy): number {
  let sum = 0;
  let weights = 0;
  const ratio = strategy.type === "RequestedToCapacityRatio";
  for (const { name, weight } of strategy.resources) {
    const { requested, allocatable } = requestedWith(pod, node, { name, useRequested: false });
    if (allocatable === 0) continue;
    const score = scoreOne(requested, allocatable, strategy);
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
