/**
 * All filters of a profile, asked of single nodes while pods are moved about by way of trial. Upstream:
 * pkg/scheduler/framework/runtime/framework.go (RunFilterPluginsWithNominatedPods).
 */
import type { ClusterCache } from "./cluster-cache.ts";
import type { NodeFilter, ProfilePlugin, Verdict } from "./framework.ts";
import type { NodeInfo } from "./node-info.ts";
import { yieldsTo } from "./nominations.ts";
import type { PodInfo } from "./pod-info.ts";
import type { Pipeline } from "./template.ts";

/** How pods are moved by way of trial, so that `NodeFilters` sees it. */
export interface Moves {
  add(pod: PodInfo, node: NodeInfo): void;
  remove(pod: PodInfo, node: NodeInfo): void;
}

/** What nobody but the node minds. */
const ON_NODE: Moves = {
  add: (pod, node) => node.takeIn(pod),
  remove: (pod, node) => node.letOut(pod),
};

export class NodeFilters {
  private readonly pod: PodInfo;
  private readonly cluster: ClusterCache;
  private readonly pipeline: Pipeline;
  /** They look at the node alone, so they hold however pods are moved. */
  private readonly local: readonly (NodeFilter | Verdict)[];
  private readonly everywhere: Moves;
  /** True iff no plugin of scope "cluster" has anything against the pod, nor gets it by the moves that were made. */
  indifferent: boolean;

  constructor(pod: PodInfo, pipeline: Pipeline, cluster: ClusterCache) {
    this.pod = pod;
    this.cluster = cluster;
    this.pipeline = pipeline;
    this.local = pipeline.filters.node.map((item) => this.answer(item)).filter((answer) => answer !== undefined);
    this.indifferent = pipeline.filters.cluster.every((item) => this.answer(item) === undefined);
    this.everywhere = {
      add: (other, node) => cluster.setPod(other, node.name),
      remove: (other) => cluster.removePod(other.uid),
    };
  }

  /**
   * How these pods are to be moved. Where only the node's own account can matter, that alone is kept: it is much cheaper.
   * What lies behind that is that a plugin which skips a pod for what it asks for goes on doing so whoever comes or goes,
   * but for pods that don't want it near them.
   */
  movesOf(others: readonly PodInfo[]): Moves {
    if (this.indifferent && others.every(({ antiAffinity }) => antiAffinity.required.length === 0)) return ON_NODE;
    this.indifferent = false;
    return this.everywhere;
  }

  /** Undefined iff the pod fits, both with the pods that it must yield to on this node and without them. */
  check(node: NodeInfo): Verdict | undefined {
    return this.checkWithNominated(node) ?? this.checkAsIs(node);
  }

  /** The verdict with the pods on the node that wait for it and that the pod must yield to; undefined without any. */
  checkWithNominated(node: NodeInfo): Verdict | undefined {
    const { cluster } = this;
    const first = yieldsTo(this.pod, node, (uid) => cluster.holds(uid));
    if (first.length === 0) return undefined;
    const moves = this.movesOf(first);
    return cluster.onTrial(node, () => {
      for (const other of first) moves.add(other, node);
      try {
        return this.checkAsIs(node);
      } finally {
        for (const other of first) moves.remove(other, node);
      }
    });
  }

  private checkAsIs(node: NodeInfo): Verdict | undefined {
    for (const filter of this.local) {
      const verdict = ask(filter, node);
      if (verdict !== undefined) return verdict;
    }
    if (this.indifferent) return undefined;
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
