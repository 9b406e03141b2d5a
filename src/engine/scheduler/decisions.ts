/** What the scheduler decided and why, kept for those who ask "why?". */
import { LruMap } from "../base/lru-map.ts";
import type { CycleResult } from "./cycle.ts";
import type { Verdict } from "./framework.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodInfo } from "./pod-info.ts";
import type { PluginScore, ScoreTable } from "./score-table.ts";
import { countVerdicts } from "./verdict-list.ts";
import type { NodeVerdictMap } from "./verdict-list.ts";

const MAX_DECISIONS = 2_000;
/** Above this many nodes a decision is kept with the best nodes and some of the rejected alone. */
export const MAX_DETAILED_NODES = 100;
const MAX_REJECTED = 10;

/** What was said of so many nodes. */
export interface Rejection {
  readonly verdict: Verdict;
  readonly nodes: number;
}

export interface NodeDecision {
  readonly node: string;
  /** Who rejected the node and why; undefined when the pod would have fitted. */
  readonly verdict: Verdict | undefined;
  /** Empty when only one node was feasible: then nothing is scored. */
  readonly scores: readonly PluginScore[];
  readonly total: number;
}

/** Room that was made for a pod. */
export interface RoomMade {
  readonly node: string;
  /** `namespace/name` of the pods that had to go, the most important one first. */
  readonly victims: readonly string[];
}

/** The latest decision on one pod. */
export class Decision {
  readonly pod: string;
  readonly uid: string;
  readonly time: number;
  /** How often the pod was tried, this time included. */
  readonly attempt: number;
  /** The chosen node, undefined when none fits. */
  readonly node: string | undefined;
  /** The message of its event. */
  readonly message: string;
  readonly evaluated: number;
  /** How many nodes fit. */
  readonly fitting: number;
  /** All that was said against nodes, most nodes first; empty when the pod has a node. */
  readonly rejections: readonly Rejection[];
  /** The verdict on all nodes at once. */
  readonly rejected: Verdict | undefined;
  /** Set from the attempt on that pushed out other pods. */
  readonly roomMade: RoomMade | undefined;
  private readonly feasible: readonly NodeInfo[];
  private readonly scores: ScoreTable;
  private readonly rejectedNodes: readonly (readonly [NodeInfo, Verdict])[];

  constructor(
    pod: PodInfo,
    result: CycleResult,
    about: {
      time: number;
      attempt: number;
      message: string;
      detailed: boolean;
      roomMade?: RoomMade | undefined;
    },
  ) {
    this.pod = pod.key;
    this.uid = pod.uid;
    this.roomMade = about.roomMade;
    this.time = about.time;
    this.attempt = about.attempt;
    this.node = result.chosen?.name;
    this.message = about.message;
    this.evaluated = result.evaluated;
    this.fitting = result.fitting;
    this.rejected = result.rejected ?? result.elsewhere;
    this.feasible = result.feasible;
    this.scores = result.scores;
    this.rejections = this.node === undefined ? rejectionsOf(result.verdicts) : [];
    this.rejectedNodes = about.detailed ? [...result.verdicts] : firstOf(result.verdicts, MAX_REJECTED);
  }

  /**
   * What was said of each node that was looked at; in big clusters of the best five and of ten of the rejected. Best first,
   * then the rejected by name.
   */
  get nodes(): NodeDecision[] {
    const fitting = this.feasible.map((info, index): NodeDecision => {
      const scores = this.scores.scoresOf(index);
      const total = scores.reduce((sum, { weighted }) => sum + weighted, 0);
      return { node: info.name, verdict: undefined, scores, total };
    });
    const rejected = this.rejectedNodes.map(([{ name }, verdict]): NodeDecision => ({
      node: name,
      verdict,
      scores: [],
      total: 0,
    }));
    fitting.sort((a, b) => b.total - a.total || (a.node < b.node ? -1 : 1));
    rejected.sort((a, b) => (a.node < b.node ? -1 : 1));
    return [...fitting, ...rejected];
  }
}

function firstOf<T>(entries: Iterable<T>, count: number): T[] {
  const first: T[] = [];
  for (const entry of entries) if (first.push(entry) >= count) break;
  return first;
}

/** Verdicts that say the same are one. */
function rejectionsOf(verdicts: NodeVerdictMap): Rejection[] {
  const counts = new Map<string, { verdict: Verdict; nodes: number }>();
  for (const [verdict, nodes] of verdicts.counts ?? countVerdicts(verdicts.values())) {
    const key = `${verdict.plugin}\n${verdict.reasons.join("\n")}\n${verdict.detail ?? ""}`;
    const count = counts.get(key);
    if (count === undefined) counts.set(key, { verdict, nodes });
    else count.nodes += nodes;
  }
  return [...counts.values()].sort((a, b) => b.nodes - a.nodes);
}

/** The latest decision of each of the last pods, by `namespace/name`. */
export class Decisions {
  private readonly byPod = new LruMap<string, Decision>(MAX_DECISIONS);

  get(podKey: string): Decision | undefined {
    return this.byPod.peek(podKey);
  }

  add(decision: Decision): void {
    this.byPod.set(decision.pod, decision);
  }
}
