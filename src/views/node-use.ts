import type { Pod } from "../engine/api/generated/types.ts";
import { podRequests } from "../engine/api/core/pod/resources.ts";

/** What the pods of one node ask for together. */
export interface Use {
  cpuMilli: number;
  memoryBytes: number;
  pods: number;
}

const NOTHING: Use = { cpuMilli: 0, memoryBytes: 0, pods: 0 };

/** Sums per node, kept in O(1) a pod change. Finished pods ask for nothing, as the scheduler counts. */
export class NodeUse {
  private readonly byNode = new Map<string, Use>();

  of(node: string): Use {
    return this.byNode.get(node) ?? NOTHING;
  }

  /** Takes a pod's change in; returns the nodes whose sums moved. */
  change(before: Pod | undefined, after: Pod | undefined): Set<string> {
    const touched = new Set<string>();
    for (const [pod, sign] of [
      [before, -1],
      [after, 1],
    ] as const) {
      const node = pod === undefined ? undefined : placeOf(pod);
      if (pod === undefined || node === undefined) continue;
      const { milliCPU, memory } = podRequests(pod.spec).requests;
      const use = this.of(node);
      this.byNode.set(node, {
        cpuMilli: use.cpuMilli + sign * milliCPU,
        memoryBytes: use.memoryBytes + sign * memory,
        pods: use.pods + sign,
      });
      touched.add(node);
    }
    return touched;
  }
}

function placeOf(pod: Pod): string | undefined {
  const { phase } = pod.status;
  return phase === "Succeeded" || phase === "Failed" ? undefined : pod.spec.nodeName;
}
