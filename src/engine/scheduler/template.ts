/**
 * What was worked out for pods that are alike. Pods of one ReplicaSet ask for the same, so an answer about a node holds for
 * the next of them until that node changes: after a pod is placed, one node of all has to be judged again.
 * Upstream has the like in its pod signatures (KEP-5598); here it is exact, for what depends on other nodes or other pods
 * is never kept.
 */
import { controllerOf } from "../api/meta/object.ts";
import type { ClusterCache } from "./cluster-cache.ts";
import type { NodeFilter, NodeScorer, ProfilePlugin, Verdict } from "./framework.ts";
import { jsonText } from "./json-text.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodInfo } from "./pod-info.ts";

/** The plugins of one profile, split by what their answers depend on; order is the profile's. */
export interface Pipeline {
  readonly filters: { readonly node: readonly ProfilePlugin[]; readonly cluster: readonly ProfilePlugin[] };
  readonly scores: { readonly node: readonly ProfilePlugin[]; readonly cluster: readonly ProfilePlugin[] };
}

export interface ActiveScorer {
  readonly plugin: string;
  readonly weight: number;
  readonly scorer: NodeScorer;
  /** Raw scores by slot; valid as `Template.refresh` says. */
  readonly raw: number[];
}

export class Template {
  /** Any pod of this template. */
  readonly pod: PodInfo;
  readonly scorers: readonly ActiveScorer[];
  /** By slot: the weighted sum of the scores that need no normalizing; valid as raw scores are. */
  readonly base: number[] = [];
  /** The pod can't run anywhere. */
  readonly rejected: Verdict | undefined;
  /** Only these nodes can pass, by the plugin that says so. */
  readonly nodeNames: ReadonlySet<string> | undefined;
  readonly nodeNamesBy: readonly string[];
  private readonly filters: readonly NodeFilter[];
  private readonly generations: number[] = [];
  private readonly verdicts: (Verdict | undefined)[] = [];
  private epoch = -1;

  constructor(pod: PodInfo, pipeline: Pipeline, cluster: ClusterCache) {
    this.pod = pod;
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
      filters.push(answer);
    }
    this.filters = filters;
    this.nodeNamesBy = nodeNamesBy;
    const scorers: ActiveScorer[] = [];
    for (const { plugin, weight } of pipeline.scores.node) {
      const scorer = plugin.score?.(pod, cluster, []) ?? "skip";
      if (scorer !== "skip") scorers.push({ plugin: plugin.name, weight, scorer, raw: [] });
    }
    this.scorers = scorers;
  }

  /** What the node-local filters say; undefined when the pod fits. Raw scores of a node that fits are then up to date. */
  verdict(node: NodeInfo, epoch: number): Verdict | undefined {
    if (epoch !== this.epoch) {
      this.generations.length = 0;
      this.epoch = epoch;
    }
    const { slot, generation } = node;
    if (this.generations[slot] !== generation) {
      this.generations[slot] = generation;
      this.verdicts[slot] = this.judge(node);
    }
    return this.verdicts[slot];
  }

  private judge(node: NodeInfo): Verdict | undefined {
    for (const filter of this.filters) {
      const verdict = filter.check(node);
      if (verdict !== undefined) return verdict;
    }
    let base = 0;
    for (const { scorer, raw, weight } of this.scorers) {
      const score = scorer.of(node);
      raw[node.slot] = score;
      if (scorer.normalize === undefined) base += weight * score;
    }
    this.base[node.slot] = base;
    return undefined;
  }
}

const MAX_TEMPLATES = 256;

/** The templates in use, the least recently used one forgotten first. */
export class Templates {
  private readonly pipeline: Pipeline;
  private readonly cluster: ClusterCache;
  private readonly templates = new Map<string, Template>();
  /** The one asked for last, which is also the most recently used: pods come in rows. */
  private last: Template | undefined;

  constructor(pipeline: Pipeline, cluster: ClusterCache) {
    this.pipeline = pipeline;
    this.cluster = cluster;
  }

  of(pod: PodInfo): Template {
    const { last } = this;
    if (last !== undefined && sharesParts(last.pod, pod)) return last;
    const signature = signatureOf(pod);
    let template = this.templates.get(signature);
    if (template === undefined) {
      template = new Template(pod, this.pipeline, this.cluster);
      // Meant for particular nodes (a daemon's pod): no other pod will be like it.
      if (template.nodeNames !== undefined) return template;
      if (this.templates.size >= MAX_TEMPLATES) {
        for (const oldest of this.templates.keys()) {
          this.templates.delete(oldest);
          break;
        }
      }
    } else {
      this.templates.delete(signature);
    }
    this.templates.set(signature, template);
    this.last = template;
    return template;
  }

  clear(): void {
    this.last = undefined;
    this.templates.clear();
  }
}

/** True for pods of one template, which share what a signature is made of; false tells nothing. */
function sharesParts(a: PodInfo, b: PodInfo): boolean {
  return (
    a.pod.spec === b.pod.spec &&
    a.pod.metadata.labels === b.pod.metadata.labels &&
    a.namespace === b.namespace &&
    controllerOf(a.pod)?.uid === controllerOf(b.pod)?.uid
  );
}

/** Equal for two pods only if no plugin can tell them apart but by what is on the nodes. */
function signatureOf({ pod, namespace }: PodInfo): string {
  const { spec, metadata } = pod;
  let text = `${namespace}\n${controllerOf(pod)?.uid ?? ""}\n${jsonText(metadata.labels)}\n${spec.nodeName ?? ""}`;
  text += `\n${jsonText(spec.nodeSelector)}\n${jsonText(spec.affinity)}\n${jsonText(spec.tolerations)}`;
  text += `\n${jsonText(spec.topologySpreadConstraints)}\n${jsonText(spec.overhead)}\n${jsonText(spec.resources)}`;
  for (const part of [spec.initContainers, spec.containers]) {
    for (const { image, resources, ports, restartPolicy } of part ?? []) {
      text += `\n${image ?? ""} ${jsonText(resources)} ${jsonText(ports)} ${restartPolicy ?? ""}`;
    }
    text += "\n;";
  }
  return text;
}
