/**
 * One scheduling cycle: find nodes that can run the pod, score them, choose. Throws what extenders fail with. Upstream: pkg/scheduler/schedule_one.go.
 */
import type { RandomStream } from "../sim/random.ts";
import type { ClusterCache } from "./cluster-cache.ts";
import { EXTENDER, ExtenderError } from "./extenders.ts";
import type { Extenders } from "./extenders.ts";
import type { NodeFilter, Verdict } from "./framework.ts";
import { NodeFilters } from "./node-filters.ts";
import type { NodeInfo } from "./node-info.ts";
import { NodeSearch } from "./node-search.ts";
import type { Check } from "./node-search.ts";
import type { PodInfo } from "./pod-info.ts";
import { NO_SCORES, ScoreTable } from "./score-table.ts";
import type { ActiveScorer, Pipeline, Template } from "./template.ts";
import { VerdictList } from "./verdict-list.ts";
import type { NodeVerdictMap } from "./verdict-list.ts";

export interface CycleResult {
  /** The chosen node; undefined when none fits. */
  readonly chosen: NodeInfo | undefined;
  /** Nodes that were looked at. */
  readonly evaluated: number;
  /** How many nodes fit. */
  readonly fitting: number;
  /** The nodes that fit: all of them if details were asked for, otherwise the chosen one and the next best few. */
  readonly feasible: readonly NodeInfo[];
  /**
   * What was said of each node that was rejected: of all if no node fits or details were asked for, otherwise of the first
   * few. Nodes that nobody looked at are told by `elsewhere`.
   */
  readonly verdicts: NodeVerdictMap;
  /** The verdict on all nodes at once, when a plugin rejected the pod before any was looked at. */
  readonly rejected: Verdict | undefined;
  readonly elsewhere: Verdict | undefined;
  /** Of `feasible`; empty when only one node fits: then nothing is scored. */
  readonly scores: ScoreTable;
}

export interface CycleOptions {
  cluster: ClusterCache;
  pipeline: Pipeline;
  random: RandomStream;
  /** 0: as many as upstream finds fit for the size of the cluster. */
  percentageOfNodesToScore: number;
  extenders?: Extenders | undefined;
}

export class SchedulingCycle {
  private readonly options: CycleOptions;
  private readonly search: NodeSearch;
  // Used anew in each cycle.
  private readonly totals: number[] = [];
  private readonly buffers: number[][] = [];

  constructor(options: CycleOptions) {
    this.options = options;
    this.search = new NodeSearch(options.cluster, options.percentageOfNodesToScore);
  }

  /** Without `details` a result remembers the best and the first of the rejected nodes only. */
  run(pod: PodInfo, template: Template, { details }: { details: boolean }): CycleResult {
    const { cluster } = this.options;
    const checks: NodeFilter[] = [];
    let rejected = template.rejected;
    for (const { plugin } of this.options.pipeline.filters.cluster) {
      if (rejected !== undefined) break;
      const answer = plugin.filter?.(pod, cluster) ?? "skip";
      if (answer === "skip") continue;
      if ("code" in answer) rejected = answer;
      else checks.push(answer);
    }
    if (rejected !== undefined) return { ...NOTHING_FOUND, rejected };
    template.refresh(cluster);
    const { search, totals } = this;
    const { nominations } = cluster;
    const waitsFor = nominations.nodeFor(pod.uid);
    // Without one, what the template and the checks say is all: it minds those that wait for a node.
    const judge =
      waitsFor !== "" || (!nominations.empty && (checks.length > 0 || !nominations.plain))
        ? this.judge(pod, template, checks)
        : undefined;
    const nominated = cluster.node(waitsFor);
    if (judge !== undefined && nominated?.node !== undefined && this.isFree(pod, nominated, judge)) {
      return { ...NOTHING_FOUND, chosen: nominated, evaluated: 1, fitting: 1, feasible: [nominated] };
    }
    search.run(template, checks, judge);
    const { extenders } = this.options;
    if (extenders !== undefined) search.drop(extenders.filter(pod.pod, search.feasible));
    const { evaluated, fitting } = search;
    const verdicts = this.verdicts(fitting > 0 && !details ? KEPT_REJECTED : Infinity);
    if (fitting === 0) {
      const elsewhere = template.nodeNames === undefined ? undefined : notChosen(template.nodeNamesBy);
      return { ...NOTHING_FOUND, evaluated, verdicts, elsewhere };
    }
    if (fitting === 1) {
      const chosen = search.node(0);
      return { ...NOTHING_FOUND, chosen, evaluated, fitting, feasible: [chosen], verdicts };
    }
    const parts = this.score(pod, template);
    const at = this.select(totals);
    const kept = details ? totals.map((_, place) => place) : bestOf(totals, at);
    const nodes = kept.map((place) => search.node(place));
    return {
      chosen: search.node(at),
      evaluated,
      fitting,
      feasible: nodes,
      verdicts,
      rejected: undefined,
      elsewhere: undefined,
      scores: tableOf(parts, nodes, kept),
    };
  }

  /** Whether the node that the pod waits for can run it now, for all who are asked. If one of them fails, all nodes are tried. */
  private isFree(pod: PodInfo, node: NodeInfo, judge: Check): boolean {
    if (judge(node) !== undefined) return false;
    try {
      return this.options.extenders?.filter(pod.pod, [node]).has(node) !== true;
    } catch (error) {
      if (!(error instanceof ExtenderError)) throw error;
      return false;
    }
  }

  /** What all filters say of a node; undefined when the pod fits beside those that wait for the node. */
  private judge(pod: PodInfo, template: Template, checks: readonly NodeFilter[]): Check {
    const filters = new NodeFilters(pod, this.options.pipeline, this.options.cluster);
    return (node) => {
      if (node.awaitedBy.size > 0) return filters.check(node);
      let verdict = template.verdict(node);
      for (let i = 0; verdict === undefined && i < checks.length; i++) verdict = (checks[i] as NodeFilter).check(node);
      return verdict;
    };
  }

  private verdicts(most: number): NodeVerdictMap {
    const { search } = this;
    const count = Math.min(most, search.refused);
    if (count === 0) return NO_VERDICTS;
    const nodes = search.rejected.slice(0, count);
    return new VerdictList(
      nodes,
      nodes.map((_, place) => search.verdict(place)),
    );
  }

  /** Adds up `totals` of the feasible nodes. */
  private score(pod: PodInfo, template: Template): readonly Part[] {
    const { search, totals } = this;
    const feasible = (): readonly NodeInfo[] => search.feasible;
    template.gatherBase(search, totals);
    const parts: Part[] = [];
    let buffers = 0;
    const add = (active: ActiveScorer, own: number[]): void => {
      const { scorer, column } = active;
      scorer.normalize?.(own, feasible());
      for (let i = 0; i < totals.length; i++) totals[i] = (totals[i] as number) + column.weight * (own[i] as number);
      parts.push({ active, normalized: own });
      buffers++;
    };
    for (const active of template.scorers) {
      const own = template.gatherRaw(search, active, this.buffer(buffers));
      // Equal scores stay equal, whatever they are scaled to.
      if (own === undefined || allEqual(own)) parts.push({ active, normalized: undefined });
      else add(active, own);
    }
    for (const { plugin, weight } of this.options.pipeline.scores.cluster) {
      const scorer = plugin.score?.(pod, this.options.cluster, feasible) ?? "skip";
      if (scorer === "skip") continue;
      const scaled = scorer.normalize !== undefined;
      const active = { scorer, column: { plugin: plugin.name, weight, scaled } };
      add(
        active,
        search.ask(this.buffer(buffers), (node) => scorer.of(node)),
      );
    }
    const added = this.options.extenders?.prioritize(pod.pod, feasible());
    if (added !== undefined) {
      const places = new Map(feasible().map((node, place) => [node, place]));
      const of = (node: NodeInfo): number => added[places.get(node) ?? -1] ?? 0;
      const column = { plugin: EXTENDER, weight: 1, scaled: false };
      add({ scorer: { of }, column }, [...added]);
    }
    return parts;
  }

  private buffer(index: number): number[] {
    return (this.buffers[index] ??= []);
  }

  /** Where one of the best is, each with the same chance. */
  private select(totals: readonly number[]): number {
    let best = -Infinity;
    let count = 0;
    for (let i = 0; i < totals.length; i++) {
      const total = totals[i] as number;
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
  readonly active: ActiveScorer;
  /** By place among the feasible nodes; undefined where all have the same raw score, or the raw score is the score. */
  readonly normalized: readonly number[] | undefined;
}

/** How many rejected nodes a decision in a big cluster remembers. */
const KEPT_REJECTED = 10;
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
    // Once there are enough, the last one falls out.
    let at = Math.min(places.length, KEPT_NODES - 1);
    for (; at > 1 && (totals[places[at - 1] as number] as number) < total; at--) {
      places[at] = places[at - 1] as number;
    }
    places[at] = i;
    if (places.length === KEPT_NODES) least = totals[places[KEPT_NODES - 1] as number] as number;
  }
  return places;
}

/** Written over for each table, which has a list of its own, and of the right size. */
const numbers: number[] = [];

/** What is kept of the scores: of `nodes`, which are at the places `kept` of the feasible ones. */
function tableOf(parts: readonly Part[], nodes: readonly NodeInfo[], kept: readonly number[]): ScoreTable {
  const columns = parts.map(({ active }) => active.column);
  const count = kept.length;
  let end = 0;
  for (const { active, normalized } of parts) {
    const { scorer, column } = active;
    for (const node of nodes) numbers[end++] = scorer.of(node);
    if (!column.scaled) continue;
    if (normalized !== undefined) for (const at of kept) numbers[end++] = normalized[at] as number;
    else {
      const own = numbers.slice(end - count, end);
      scorer.normalize?.(own, nodes);
      for (const score of own) numbers[end++] = score;
    }
  }
  return new ScoreTable(columns, numbers.slice(0, end), count);
}

function notChosen(plugins: readonly string[]): Verdict {
  return {
    code: "UnschedulableAndUnresolvable",
    plugin: plugins[0] ?? "",
    reasons: [`node(s) didn't satisfy plugin(s) [${plugins.join(" ")}]`],
  };
}

function allEqual(values: readonly number[]): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

const NO_VERDICTS = new VerdictList([], []);
const NOTHING_FOUND: CycleResult = {
  chosen: undefined,
  evaluated: 0,
  fitting: 0,
  feasible: [],
  verdicts: NO_VERDICTS,
  rejected: undefined,
  elsewhere: undefined,
  scores: NO_SCORES,
};
