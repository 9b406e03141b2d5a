/**
 * All filters of a profile, asked of single nodes while pods are moved about by way of trial. Upstream:
 * pkg/scheduler/framework/runtime/framework.go (RunFilterPluginsWithNominatedPods).
 */
import type { ClusterCache } from "./cluster-cache.ts";
import type { NodeFilter, ProfilePlugin, Verdict } from "./framework.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodInfo } from "./pod-info.ts";
import type { Pipeline } from "./template.ts";

export class NodeFilters {
  private readonly pod: PodInfo;
  private readonly cluster: ClusterCache;
  private readonly pipeline: Pipeline;
  /** They look at the node alone, so they hold however pods are moved. */
  private readonly local: readonly (NodeFilter | Verdict)[];

  constructor(pod: PodInfo, pipeline: Pipeline, cluster: ClusterCache) {
    this.pod = pod;
    this.cluster = cluster;
    this.pipeline = pipeline;
    this.local = pipeline.filters.node.map((item) => this.answer(item)).filter((answer) => answer !== undefined);
  }

  /** Undefined iff the pod fits, both with the pods that it must yield to on this node and without them. */
  check(node: NodeInfo): Verdict | undefined {
    return this.checkWithNominated(node) ?? this.checkAsIs(node);
  }

  /** The verdict with the pods on the node that wait for it and that the pod must yield to; undefined without any. */
  checkWithNominated(node: NodeInfo): Verdict | undefined {
    const { cluster } = this;
    const first = cluster.nominations.before(this.pod, node.name).filter(({ uid }) => !cluster.holds(uid));
    if (first.length === 0) return undefined;
    return cluster.onTrial(node, () => {
      for (const other of first) cluster.setPod(other, node.name);
      try {
        return this.checkAsIs(node);
      } finally {
        for (const other of first) cluster.removePod(other.uid);
      }
    });
  }

  private checkAsIs(node: NodeInfo): Verdict | undefined {
    for (const filter of this.local) {
      const verdict = ask(filter, node);
      if (verdict !== undefined) return verdict;
    }
    for (const item of this.pipeline.filters.cluster) {
      const filter = this.answer(item);
      const verdict = filter && ask(filter, node);
      if (verdict !== undefined) return verdict;
    }
    return undefined;
  }

  private answer({ plugin }: ProfilePlugin): NodeFilter | Verdict | undefined {
    const answer = plugin.filter?.(this.pod, this.cluster) ?? "skip";
    return answer === "skip" ? undefined : answer;
  }
}

function ask(filter: NodeFilter | Verdict, node: NodeInfo): Verdict | undefined {
  return "code" in filter ? filter : filter.check(node);
}
