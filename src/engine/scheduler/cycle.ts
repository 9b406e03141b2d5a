/**
 * One scheduling cycle: find nodes that can run the pod, score them, choose. Upstream: pkg/scheduler/schedule_one.go.
 */
import type { RandomStream } from "../sim/random.ts";
import type { ClusterCache } from "./cluster-cache.ts";
import type { NodeScorer, Verdict } from "./framework.ts";
import { NodeFilters } from "./node-filters.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodInfo } from "./pod-info.ts";
import type { Pipeline, Template } from "./template.ts";

const MIN_FEASIBLE_NODES = 100;
const MIN_FEASIBLE_PERCENTAGE = 5;

/** The scores of one plugin for all feasible nodes, in their order. */
export interface PluginScores {
  readonly plugin: string;
  readonly weight: number;
  readonly raw: readonly number[];
  readonly normalized: readonly number[];
}

export interface CycleResult {
  /** The chosen node; undefined when none fits. */
  readonly chosen: NodeInfo | undefined;
  /** Nodes that were looked at. */
  readonly evaluated: number;
  /** How many nodes fit. */
  readonly fitting: number;
  /** The nodes that fit: all of them if details were asked for, otherwise the chosen one and the next best few. */
  readonly feasible: readonly NodeInfo[];
  /** Set when no node fits: what was said of each. Nodes that nobody looked at are told by `elsewhere`. */
  readonly verdicts: ReadonlyMap<NodeInfo, Verdict>;
  /** The verdict on all nodes at once, when a plugin rejected the pod before any was looked at. */
  readonly rejected: Verdict | undefined;
  readonly elsewhere: Verdict | undefined;
  /** Of `feasible`; empty when only one node fits: then nothing is scored. */
  readonly scores: readonly PluginScores[];
}

export interface CycleOptions {
  cluster: ClusterCache;
  pipeline: Pipeline;
  random: RandomStream;
  /** 0: as many as upstream finds fit for the size of the cluster. */
  percentageOfNodesToScore: number;
}

/** How many feasible nodes are enough. Upstream: numFeasibleNodesToFind. */
export function numFeasibleNodesToFind(nodes: number, percentageOfNodesToScore: number): number {
  if (nodes < MIN_FEASIBLE_NODES) return nodes;
  let percentage = percentageOfNodesToScore;
  if (percentage === 0) percentage = Math.max(MIN_FEASIBLE_PERCENTAGE, 50 - Math.floor(nodes / 125));
  if (percentage >= 100) return nodes;
  return Math.max(MIN_FEASIBLE_NODES, Math.floor((nodes * percentage) / 100));
}

type Check = (node: NodeInfo) => Verdict | undefined;

export class SchedulingCycle {
  private readonly options: CycleOptions;
  /** Where the next search begins, so that all nodes get their turn. */
  private nextStart = 0;
  /** Used anew in each cycle. */
  private readonly totals: number[] = [];
  private readonly buffers: number[][] = [];

  constructor(options: CycleOptions) {
    this.options = options;
  }

  run(pod: PodInfo, template: Template, want: { details: boolean }): CycleResult {
    const { cluster } = this.options;
    const checks: Check[] = [];
    let rejected = template.rejected;
    for (const { plugin } of this.options.pipeline.filters.cluster) {
      if (rejected !== undefined) break;
      const answer = plugin.filter?.(pod, cluster) ?? "skip";
      if (answer === "skip") continue;
      if ("code" in answer) rejected = answer;
      else checks.push((node) => answer.check(node));
    }
    const verdicts = new Map<NodeInfo, Verdict>();
    if (rejected !== undefined) {
      return { ...NOTHING_FOUND, verdicts, rejected };
    }
    const judge = this.judge(pod, template, checks);
    const nominated = cluster.node(cluster.nominations.nodeFor(pod.uid));
    if (nominated?.node !== undefined && judge(nominated) === undefined) {
      return { ...NOTHING_FOUND, chosen: nominated, evaluated: 1, fitting: 1, feasible: [nominated], verdicts };
    }
    const { feasible, evaluated } = this.search(template, judge, verdicts);
    if (feasible.length === 0) {
      const elsewhere = template.nodeNames === undefined ? undefined : notChosen(template.nodeNamesBy);
      return { ...NOTHING_FOUND, evaluated, verdicts, elsewhere };
    }
    const [only] = feasible;
    const fitting = feasible.length;
    if (fitting === 1) return { ...NOTHING_FOUND, chosen: only, evaluated, fitting, feasible, verdicts };
    const scored = this.score(pod, template, feasible);
    const { totals } = scored;
    const at = this.select(totals);
    const kept = want.details ? feasible.map((_, index) => index) : bestOf(totals, at);
    return {
      ...NOTHING_FOUND,
      chosen: feasible[at],
      evaluated,
      fitting,
      feasible: want.details ? feasible : kept.map((index) => feasible[index] as NodeInfo),
      verdicts,
      scores: scored.parts.map((part) => scoresOf(part, feasible, kept)),
    };
  }

  /** What all filters say of a node; undefined when the pod fits beside those that wait for the node. */
  private judge(pod: PodInfo, template: Template, checks: readonly Check[]): Check {
    const { cluster, pipeline } = this.options;
    const plain: Check = (node) => {
      let verdict = template.verdict(node, cluster.epoch);
      for (let i = 0; verdict === undefined && i < checks.length; i++) verdict = (checks[i] as Check)(node);
      return verdict;
    };
    if (cluster.nominations.empty) return plain;
    const filters = new NodeFilters(pod, pipeline, cluster);
    return (node) => filters.checkWithNominated(node) ?? plain(node);
  }

  private search(
    template: Template,
    judge: Check,
    verdicts: Map<NodeInfo, Verdict>,
  ): { feasible: NodeInfo[]; evaluated: number } {
    const { cluster, percentageOfNodesToScore } = this.options;
    const nodes = candidates(template, cluster);
    const wanted = numFeasibleNodesToFind(nodes.length, percentageOfNodesToScore);
    const feasible: NodeInfo[] = [];
    let evaluated = 0;
    let at = nodes.length === 0 ? 0 : this.nextStart % nodes.length;
    for (; evaluated < nodes.length && feasible.length < wanted; evaluated++) {
      const node = nodes[at] as NodeInfo;
      if (++at === nodes.length) at = 0;
      const verdict = judge(node);
      if (verdict === undefined) feasible.push(node);
      else verdicts.set(node, verdict);
    }
    this.nextStart = at;
    return { feasible, evaluated };
  }

  private score(
    pod: PodInfo,
    template: Template,
    feasible: readonly NodeInfo[],
  ): { totals: readonly number[]; parts: readonly Part[] } {
    const totals = gather(this.totals, template.base, feasible);
    const parts: Part[] = [];
    let buffers = 0;
    const add = (part: Part, own: number[]): void => {
      part.scorer.normalize?.(own, feasible);
      for (let i = 0; i < totals.length; i++) totals[i] = (totals[i] as number) + part.weight * (own[i] as number);
      parts.push({ ...part, normalized: own });
    };
    for (const { plugin, weight, scorer, raw } of template.scorers) {
      const part: Part = { plugin, weight, scorer, raw, normalized: undefined };
      if (scorer.normalize === undefined) {
        parts.push(part);
        continue;
      }
      const own = gather(this.buffer(buffers), raw, feasible);
      // Equal scores stay equal, whatever they are scaled to.
      if (allEqual(own)) {
        parts.push(part);
        continue;
      }
      buffers++;
      add(part, own);
    }
    for (const { plugin, weight } of this.options.pipeline.scores.cluster) {
      const scorer = plugin.score?.(pod, this.options.cluster, feasible) ?? "skip";
      if (scorer === "skip") continue;
      const own = this.buffer(buffers++);
      for (let i = 0; i < feasible.length; i++) own[i] = scorer.of(feasible[i] as NodeInfo);
      own.length = feasible.length;
      add({ plugin: plugin.name, weight, scorer, raw: undefined, normalized: undefined }, own);
    }
    return { totals, parts };
  }

  private buffer(index: number): number[] {
    return (this.buffers[index] ??= []);
  }

  /** Where one of the best is, each with the same chance. */
  private select(totals: readonly number[]): number {
    let best = -Infinity;
    let count = 0;
    for (const total of totals) {
      if (total > best) {
        best = total;
        count = 1;
      } else if (total === best) {
        count++;
      }
    }
    let skip = count === 1 ? 0 : this.options.random.int(count);
    for (let i = 0; i < totals.length; i++) if (totals[i] === best && skip-- === 0) return i;
    return 0;
  }
}

/** What one plugin makes of the feasible nodes; valid until the next cycle. */
interface Part {
  readonly plugin: string;
  readonly weight: number;
  readonly scorer: NodeScorer;
  /** By slot; undefined: ask the scorer. */
  readonly raw: readonly number[] | undefined;
  /** By place among the feasible nodes; undefined where all have the same raw score, or the raw score is the score. */
  readonly normalized: readonly number[] | undefined;
}

/** How many nodes a decision in a big cluster remembers. */
const KEPT_NODES = 5;

/** Places of the chosen node and of the next best, the best first. */
function bestOf(totals: readonly number[], chosen: number): number[] {
  const places = [chosen];
  /** What a node must have more of to be kept. */
  let least = -Infinity;
  for (let i = 0; i < totals.length; i++) {
    const total = totals[i] as number;
    if (total <= least || i === chosen) continue;
    let at = places.length;
    while (at > 1 && (totals[places[at - 1] as number] as number) < total) at--;
    places.splice(at, 0, i);
    if (places.length <= KEPT_NODES) continue;
    places.pop();
    least = totals[places[KEPT_NODES - 1] as number] as number;
  }
  return places;
}

/** In lists of their own, exactly as long as needed: decisions keep thousands of these. */
function scoresOf(
  { plugin, weight, scorer, raw, normalized }: Part,
  nodes: readonly NodeInfo[],
  kept: readonly number[],
): PluginScores {
  const own = kept.map((at) => {
    const node = nodes[at] as NodeInfo;
    return raw === undefined ? scorer.of(node) : (raw[node.slot] as number);
  });
  if (normalized !== undefined)
    return { plugin, weight, raw: own, normalized: kept.map((at) => normalized[at] as number) };
  if (scorer.normalize === undefined) return { plugin, weight, raw: own, normalized: own };
  const scaled = [...own];
  scorer.normalize(
    scaled,
    kept.map((at) => nodes[at] as NodeInfo),
  );
  return { plugin, weight, raw: own, normalized: scaled };
}

function candidates(template: Template, cluster: ClusterCache): readonly NodeInfo[] {
  if (template.nodeNames === undefined) return cluster.nodes;
  const found: NodeInfo[] = [];
  for (const name of template.nodeNames) {
    const node = cluster.node(name);
    if (node?.node !== undefined) found.push(node);
  }
  return found;
}

function notChosen(plugins: readonly string[]): Verdict {
  return {
    code: "UnschedulableAndUnresolvable",
    plugin: plugins[0] ?? "",
    reasons: [`node(s) didn't satisfy plugin(s) [${plugins.join(" ")}]`],
  };
}

/** Values by slot, put in the order of `nodes`. */
function gather(into: number[], bySlot: readonly number[], nodes: readonly NodeInfo[]): number[] {
  for (let i = 0; i < nodes.length; i++) into[i] = bySlot[(nodes[i] as NodeInfo).slot] as number;
  into.length = nodes.length;
  return into;
}

function allEqual(values: readonly number[]): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

const NOTHING_FOUND: CycleResult = {
  chosen: undefined,
  evaluated: 0,
  fitting: 0,
  feasible: [],
  verdicts: new Map(),
  rejected: undefined,
  elsewhere: undefined,
  scores: [],
};
