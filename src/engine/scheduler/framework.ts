/**
 * What a scheduler plugin is. Upstream: staging/src/k8s.io/kube-scheduler/framework/interface.go.
 *
 * A plugin's `filter` stands for PreFilter and Filter, its `score` for PreScore, Score and NormalizeScore: the outer call
 * looks at the pod and the cluster and answers with what to ask of each node.
 */
import type { ClusterCache } from "./cluster-cache.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodInfo } from "./pod-info.ts";
import type { ClusterEvent } from "./queue-events.ts";

export const MAX_NODE_SCORE = 100;

/** Why a pod can't run on a node. Unresolvable: removing other pods would not help. */
export interface Verdict {
  readonly code: "Unschedulable" | "UnschedulableAndUnresolvable";
  readonly plugin: string;
  readonly reasons: readonly string[];
  /** What upstream writes to its log alone, for who explains the verdict. */
  readonly detail?: string;
}

export interface NodeFilter {
  /** Only nodes of these names can pass; all when absent. */
  readonly nodeNames?: ReadonlySet<string>;
  /**
   * Slots of the only nodes that can pass; all when absent. Kept up to date, and a shortcut only: the others needn't be
   * asked, but if they are, `check` rejects them.
   */
  readonly slots?: ReadonlySet<number>;
  /** undefined: the pod can run there. */
  check(node: NodeInfo): Verdict | undefined;
}

export interface NodeScorer {
  /** A whole number, higher is better; from 0 to 100 unless `normalize` makes it so. */
  of(node: NodeInfo): number;
  /** Brings the scores of all feasible nodes into 0..100, in place. */
  normalize?(scores: number[], nodes: readonly NodeInfo[]): void;
}

export interface Plugin {
  readonly name: string;
  /**
   * "node": filter and score depend on the pod's spec and the one node alone, so answers are kept until the node changes. "cluster": they look at other nodes or at other pods, and are asked afresh in each cycle.
   */
  readonly scope: "node" | "cluster";
  /** Keeps a pod out of the active queue. */
  preEnqueue?(pod: PodInfo): Verdict | undefined;
  /** "skip": nothing to filter for this pod. A verdict: the pod can't run anywhere. */
  filter?(pod: PodInfo, cluster: ClusterCache): NodeFilter | Verdict | "skip";
  /** "skip": nothing to score for this pod. `feasible`: the nodes that fit; none for plugins of scope "node". */
  score?(pod: PodInfo, cluster: ClusterCache, feasible: () => readonly NodeInfo[]): NodeScorer | "skip";
  /**
   * Where no node fits: what it could do about that, in its words, before others are asked and before pods are pushed out;
   * `isLast`: nobody is asked any more. `rejected`: the verdict on all nodes at once, if there was one.
   */
  postFilter?(pod: PodInfo, rejected: Verdict | undefined): { message: string; isLast?: boolean };
  /** Kinds of events that could make a pod schedulable that this plugin rejected. Absent: every one. */
  readonly events?: readonly ClusterEvent["type"][];
  /** True iff this very event could. Absent: every event of the kinds above. */
  helps?(pod: PodInfo, event: ClusterEvent, cluster: ClusterCache): boolean;
}

export interface ProfilePlugin {
  readonly plugin: Plugin;
  readonly weight: number;
  /** The one point at which this entry stands for the plugin; all points when absent. */
  readonly at?: "preEnqueue" | "filter" | "postFilter" | "score";
}

/**
 * Scales scores so that the highest becomes 100; `reverse` turns them round. Upstream: plugins/helper/normalize_score.go.
 */
export function normalizeScores(scores: number[], options: { reverse: boolean; max?: number }): void {
  const { reverse, max = MAX_NODE_SCORE } = options;
  let highest = 0;
  for (const score of scores) if (score > highest) highest = score;
  for (let i = 0; i < scores.length; i++) {
    const scaled = highest === 0 ? 0 : Math.floor((max * (scores[i] as number)) / highest);
    scores[i] = reverse ? max - scaled : scaled;
  }
}
