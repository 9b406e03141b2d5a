/**
 * Prefers nodes whose CPU and memory are used in like measure. Upstream:
 * pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go.
 */
import { MAX_NODE_SCORE } from "../framework.ts";
import type { Plugin } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodInfo } from "../pod-info.ts";
import { CPU_AND_MEMORY, offeredTo, requestedWith } from "./resource-scores.ts";
import type { WeightedResource } from "./resource-scores.ts";

export function createBalancedAllocation(resources: readonly WeightedResource[] = CPU_AND_MEMORY): Plugin {
  return {
    name: "NodeResourcesBalancedAllocation",
    scope: "node",
    score(pod) {
      // A pod that requests nothing would only be drawn to where others already balance.
      if (requestsNothing(pod, resources)) return "skip";
      return { of: (node) => balancedScore(pod, node, resources) };
    },
  };
}

function requestsNothing({ requests: { requests } }: PodInfo, resources: readonly WeightedResource[]): boolean {
  return resources.every(({ name }) => {
    if (name === "cpu") return requests.milliCPU === 0;
    if (name === "memory") return requests.memory === 0;
    if (name === "ephemeral-storage") return requests.ephemeralStorage === 0;
    return (requests.scalar?.get(name) ?? 0) === 0;
  });
}

/** Written over for each node. */
const fractions: number[] = [];

/** 100 less the standard deviation of the used fractions. */
export function balancedScore(pod: PodInfo, node: NodeInfo, resources: readonly WeightedResource[]): number {
  let count = 0;
  for (const { name } of resources) {
    const offered = offeredTo(pod, node, name);
    if (offered !== 0) fractions[count++] = Math.min(1, requestedWith(pod, node, name) / offered);
  }
  return Math.floor((1 - deviation(count)) * MAX_NODE_SCORE);
}

/** Of the first `count` fractions. */
function deviation(count: number): number {
  if (count < 2) return 0;
  if (count === 2) return Math.abs(((fractions[0] as number) - (fractions[1] as number)) / 2);
  const values = fractions.slice(0, count);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / values.length);
}

export const balancedAllocation = createBalancedAllocation();
