/**
 * What was worked out for pods that are alike. Pods of one ReplicaSet ask for the same, so an answer about a node holds for
 * the next of them until that node changes: after a pod is placed, one node of all has to be judged again.
 * Upstream has the like in its pod signatures (KEP-5598); here it is exact, for what depends on other nodes or other pods
 * is never kept.
 */
import { LruMap } from "../base/lru-map.ts";
import type { ClusterCache } from "./cluster-cache.ts";
import type { NodeFilter, NodeScorer, ProfilePlugin, Verdict } from "./framework.ts";
import { jsonText } from "./json-text.ts";
import type { NodeInfo } from "./node-info.ts";
import type { NodeSearch } from "./node-search.ts";
import { yieldsTo } from "./nominations.ts";
import type { PodInfo } from "./pod-info.ts";
import type { Candidate } from "./preemption/pick-candidate.ts";
import type { ScoreColumn } from "./score-table.ts";

/** The plugins of one profile, split by what their answers depend on; order is the profile's. */
export interface Pipeline {
  readonly filters: { readonly node: readonly ProfilePlugin[]; readonly cluster: readonly ProfilePlugin[] };
  readonly scores: { readonly node: readonly ProfilePlugin[]; readonly cluster: readonly ProfilePlugin[] };
}

export interface ActiveScorer {
  readonly column: ScoreColumn;
  readonly scorer: NodeScorer;
}

/** What came of a trial of preempting on one node. */
export type TrialOutcome = Candidate | Verdict;

/** What `Template.states` says of a node; 0 is "not judged since it changed". */
export const FITS = 1;
const REJECTED = 2;
const NO_NODES = (): readonly NodeInfo[] => [];

export class Template {
  /** Any pod of this template. */
  readonly pod: PodInfo;
  /** In the profile's order. */
  readonly scorers: readonly ActiveScorer[];
  /** By slot; valid since `refresh` until the cluster changes. Empty iff nothing is kept. */
  states = new Uint8Array();
  /** The pod can't run anywhere. */
  readonly rejected: Verdict | undefined;
  /** Only these nodes can pass, by the plugin that says so. */
  readonly nodeNames: ReadonlySet<string> | undefined;
  readonly nodeNamesBy: readonly string[];
  /** Other nodes than these needn't be asked; all must when undefined. */
  readonly slots: ReadonlySet<number> | undefined;
  private readonly cluster: ClusterCache;
  private readonly filters: readonly NodeFilter[];
  /** By slot; of the nodes that are rejected. */
  private readonly verdicts: (Verdict | undefined)[] = [];
  /** By slot: the weighted sum of the scores that need no normalizing; valid where `states` is `FITS`. */
  private base = new Float64Array();
  /** Raw scores by slot, of those that do; valid likewise. */
  private readonly raw = new Map<ActiveScorer, Float64Array>();
  /** By slot: what a trial of preempting came to, and when: the generation and the pods' versions of the node then. */
  private readonly trials: (Trial | undefined)[] = [];
  private uses = 0;
  private epoch = -1;
  /** Changes before this one are known. */
  private seen = 0;

  constructor(pod: PodInfo, pipeline: Pipeline, cluster: ClusterCache) {
    this.pod = pod;
    this.cluster = cluster;
    const filters: NodeFilter[] = [];
    const nodeNamesBy: string[] = [];
    for (const { plugin } of pipeline.filters.node) {
      const answer = plugin.filter?.(pod, cluster) ?? "skip";
      if (answer === "skip") continue;
      if ("code" in answer) {
        this.rejected ??= answer;
        continue;
      }
      if (answer.nodeNames !== undefined) {
        this.nodeNames = answer.nodeNames;
        nodeNamesBy.push(plugin.name);
      }
      this.slots ??= answer.slots;
      filters.push(answer);
    }
    this.filters = filters;
    this.nodeNamesBy = nodeNamesBy;
    const scorers: ActiveScorer[] = [];
    for (const { plugin, weight } of pipeline.scores.node) {
      const scorer = plugin.score?.(pod, cluster, NO_NODES) ?? "skip";
      if (scorer === "skip") continue;
      const scaled = scorer.normalize !== undefined;
      scorers.push({ column: { plugin: plugin.name, weight, scaled }, scorer });
    }
    this.scorers = scorers;
  }

  /**
   * Brings what is known of the nodes up to date; to be called before any node is judged. For a first pod nothing is kept:
   * it may be the only one of its kind.
   */
  refresh({ changes, epoch, slotCount }: ClusterCache): void {
    if (this.uses++ === 0) return;
    if (slotCount > this.states.length) {
      // A few more, so that a cluster that grows node by node is no trouble.
      const size = Math.ceil(slotCount * 1.25);
      this.states = new Uint8Array(size);
      this.base = new Float64Array(size);
      for (const active of this.scorers) if (active.column.scaled) this.raw.set(active, new Float64Array(size));
    } else if (epoch !== this.epoch || !changes.clearSince(this.seen, this.states)) this.states.fill(0);
    this.epoch = epoch;
    this.seen = changes.end;
  }

  /**
   * What the node-local filters say; undefined when the pod fits, beside those that wait for the node too. For a pod that
   * waits for this node itself, ask `NodeFilters`.
   */
  verdict(node: NodeInfo): Verdict | undefined {
    const { states } = this;
    if (states.length === 0) return this.filter(node);
    const { slot } = node;
    const state = states[slot];
    if (state === FITS) return undefined;
    if (state === REJECTED) return this.verdicts[slot];
    const verdict = this.filter(node);
    states[slot] = verdict === undefined ? FITS : REJECTED;
    if (verdict !== undefined) this.verdicts[slot] = verdict;
    else {
      this.base[slot] = this.baseOf(node);
      for (const [{ scorer }, raw] of this.raw) raw[slot] = scorer.of(node);
    }
    return verdict;
  }

  /** The sums of the scores that need no normalizing, of the nodes that were found to fit. */
  gatherBase(found: NodeSearch, into: number[]): void {
    if (this.states.length > 0) found.gather(into, this.base);
    else found.ask(into, (node) => this.baseOf(node));
  }

  /** The raw scores of a scorer that normalizes; undefined if it doesn't. */
  gatherRaw(found: NodeSearch, active: ActiveScorer, into: number[]): number[] | undefined {
    if (!active.column.scaled) return undefined;
    const raw = this.raw.get(active);
    return raw === undefined ? found.ask(into, (node) => active.scorer.of(node)) : found.gather(into, raw);
  }

  /** What `trial` came to, if that is still so. */
  trial({ slot, generation, podVersions }: NodeInfo): TrialOutcome | undefined {
    const trial = this.trials[slot];
    return trial?.generation === generation && trial.podVersions === podVersions && trial.epoch === this.cluster.epoch
      ? trial.outcome
      : undefined;
  }

  /** Keeps what a trial came to that looked at this node alone. */
  keepTrial({ slot, generation, podVersions }: NodeInfo, outcome: TrialOutcome): void {
    this.trials[slot] = { generation, podVersions, epoch: this.cluster.epoch, outcome };
  }

  private filter(node: NodeInfo): Verdict | undefined {
    return (node.awaitedBy.size > 0 ? this.filterBeside(node) : undefined) ?? this.filterAsIs(node);
  }

  private filterBeside(node: NodeInfo): Verdict | undefined {
    const { cluster, pod } = this;
    const first = yieldsTo(pod, node, (uid) => cluster.holds(uid));
    if (first.length === 0) return undefined;
    return cluster.onTrial(node, () => {
      for (const other of first) node.takeIn(other);
      const verdict = this.filterAsIs(node);
      for (const other of first) node.letOut(other);
      return verdict;
    });
  }

  private filterAsIs(node: NodeInfo): Verdict | undefined {
    const { filters } = this;
    for (let i = 0; i < filters.length; i++) {
      const verdict = (filters[i] as NodeFilter).check(node);
      if (verdict !== undefined) return verdict;
    }
    return undefined;
  }

  private baseOf(node: NodeInfo): number {
    let base = 0;
    for (const { scorer, column } of this.scorers) if (!column.scaled) base += column.weight * scorer.of(node);
    return base;
  }
}

interface Trial {
  readonly generation: number;
  readonly podVersions: number;
  readonly epoch: number;
  readonly outcome: TrialOutcome;
}

const MAX_TEMPLATES = 256;

/** The templates in use, the least recently used one forgotten first. */
export class Templates {
  private readonly pipeline: Pipeline;
  private readonly cluster: ClusterCache;
  private readonly templates = new LruMap<string, Template>(MAX_TEMPLATES);
  /** The one asked for last: pods come in rows. */
  private last: Template | undefined;

  constructor(pipeline: Pipeline, cluster: ClusterCache) {
    this.pipeline = pipeline;
    this.cluster = cluster;
  }

  of(pod: PodInfo): Template {
    const { last } = this;
    if (last !== undefined && last.pod.pod.spec === pod.pod.spec) return last;
    const signature = signatureOf(pod);
    let template = this.templates.get(signature);
    if (template === undefined) {
      template = new Template(pod, this.pipeline, this.cluster);
      // One that is meant for particular nodes (a daemon's pod) is found again by its spec alone: no other pod will be like it.
      if (template.nodeNames === undefined) this.templates.set(signature, template);
    }
    this.last = template;
    return template;
  }

  clear(): void {
    this.last = undefined;
    this.templates.clear();
  }
}

/**
 * Equal for two pods only if no plugin of scope "node" can tell them apart: those look at specs alone. And they yield to
 * the same pods.
 */
function signatureOf({ priority, pod: { spec } }: PodInfo): string {
  let text = `${priority} ${spec.nodeName ?? ""}\n${jsonText(spec.nodeSelector)}\n${jsonText(spec.affinity)}`;
  text += `\n${jsonText(spec.tolerations)}\n${jsonText(spec.overhead)}\n${jsonText(spec.resources)}`;
  for (const part of [spec.initContainers, spec.containers]) {
    for (const { image, resources, ports, restartPolicy } of part ?? []) {
      text += `\n${image ?? ""} ${jsonText(resources)} ${jsonText(ports)} ${restartPolicy ?? ""}`;
    }
    text += "\n;";
  }
  return text;
}
