/** Affinity and anti-affinity between pods. Upstream: pkg/scheduler/framework/plugins/interpodaffinity. */
import { deepEqual } from "../../base/json.ts";
import type { ClusterCache } from "../cluster-cache.ts";
import { MAX_NODE_SCORE } from "../framework.ts";
import type { NodeFilter, NodeScorer, Plugin, Verdict } from "../framework.ts";
import { jsonText } from "../json-text.ts";
import type { PodCounter } from "../pod-counter.ts";
import { termMatches } from "../pod-info.ts";
import type { AffinityTerm, PodInfo } from "../pod-info.ts";
import { TopologyCounts } from "./topology-counts.ts";

const NAME = "InterPodAffinity";
const NO_AFFINITY: Verdict = {
  code: "UnschedulableAndUnresolvable",
  plugin: NAME,
  reasons: ["node(s) didn't match pod affinity rules"],
};
const ANTI_AFFINITY: Verdict = {
  code: "Unschedulable",
  plugin: NAME,
  reasons: ["node(s) didn't match pod anti-affinity rules"],
};
const EXISTING_ANTI_AFFINITY: Verdict = {
  code: "Unschedulable",
  plugin: NAME,
  reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"],
};

export interface InterPodAffinityArgs {
  /** What a required affinity of a running pod adds to the score of its topology. */
  hardPodAffinityWeight: number;
  ignorePreferredTermsOfExistingPods: boolean;
}

const DEFAULT_ARGS: InterPodAffinityArgs = { hardPodAffinityWeight: 1, ignorePreferredTermsOfExistingPods: false };

export function createInterPodAffinity(args: InterPodAffinityArgs = DEFAULT_ARGS): Plugin {
  return {
    name: NAME,
    scope: "cluster",
    events: ["pod-add", "pod-delete", "node-add", "node-update", "namespace-update"],
    filter: createFilter,
    score: (pod, cluster) => createScorer(pod, cluster, args),
    helps(pod, event, cluster) {
      switch (event.type) {
        case "pod-add":
          return pod.affinity.required.length > 0 && matchesAll(pod.affinity.required, event.pod, cluster);
        case "pod-delete":
          return (
            pod.antiAffinity.required.some((term) => matches(term, event.pod, cluster)) ||
            event.pod.antiAffinity.required.some((term) => matches(term, pod, cluster))
          );
        case "node-update":
          return !deepEqual(event.node.metadata.labels, event.old.metadata.labels);
        case "node-delete":
          return false;
        default:
          return true;
      }
    },
  };
}

function matches(term: AffinityTerm, pod: PodInfo, cluster: ClusterCache): boolean {
  return termMatches(term, pod, cluster.namespaceLabels(pod.namespace));
}

function matchesAll(terms: readonly AffinityTerm[], pod: PodInfo, cluster: ClusterCache): boolean {
  return terms.every((term) => matches(term, pod, cluster));
}

/** Counts pods that match all of `terms`. `which` tells apart the counters of one pod's affinity. */
function affinityCounter(
  pod: PodInfo,
  cluster: ClusterCache,
  terms: readonly AffinityTerm[],
  which: string,
): PodCounter {
  const [first] = terms;
  const [only] = first?.namespaces ?? [];
  const single = first !== undefined && first.namespaces.size === 1 && first.namespaceSelector.matchesNothing;
  return cluster.counter({
    key: `affinity\n${which}\n${pod.namespace}\n${jsonText(pod.pod.spec.affinity)}`,
    ...(single && only !== undefined && { namespace: only, selector: first.selector }),
    matches: (other) => matchesAll(terms, other, cluster),
  });
}

function addCounter(
  counts: TopologyCounts,
  cluster: ClusterCache,
  what: { counter: PodCounter; keys: readonly string[]; weight: number },
): void {
  if (what.counter.total === 0) return;
  for (const node of cluster.nodes) {
    const here = what.counter.on(node.slot);
    if (here > 0) for (const key of what.keys) counts.add(node, key, here * what.weight);
  }
}

function createFilter(pod: PodInfo, cluster: ClusterCache): NodeFilter | Verdict | "skip" {
  const { parseError } = pod;
  if (parseError !== undefined) return { code: "UnschedulableAndUnresolvable", plugin: NAME, reasons: [parseError] };
  const wanted = pod.affinity.required;
  const unwanted = pod.antiAffinity.required;
  const existing = existingAntiAffinity(pod, cluster);
  if (existing.empty && wanted.length === 0 && unwanted.length === 0) return "skip";

  const affinity = new TopologyCounts();
  if (wanted.length > 0) {
    const counter = affinityCounter(pod, cluster, wanted, "required");
    addCounter(affinity, cluster, { counter, keys: wanted.map(({ topologyKey }) => topologyKey), weight: 1 });
  }
  // Each term by itself: two terms about one key must not add up.
  const anti = unwanted.map((term, index) => {
    const counts = new TopologyCounts();
    const counter = affinityCounter(pod, cluster, [term], `anti ${index}`);
    addCounter(counts, cluster, { counter, keys: [term.topologyKey], weight: 1 });
    return { key: term.topologyKey, counts };
  });
  // The first pod of a group that wants to be together has nobody to join.
  const first = affinity.empty && wanted.length > 0 && matchesAll(wanted, pod, cluster);
  return {
    check(node) {
      for (const { topologyKey } of wanted) {
        if (node.labels[topologyKey] === undefined) return NO_AFFINITY;
        if (!first && affinity.of(node, topologyKey) <= 0) return NO_AFFINITY;
      }
      for (const { key, counts } of anti) if (counts.of(node, key) > 0) return ANTI_AFFINITY;
      return existing.total(node) > 0 ? EXISTING_ANTI_AFFINITY : undefined;
    },
  };
}

/** Where running pods don't want this one. */
function existingAntiAffinity(pod: PodInfo, cluster: ClusterCache): TopologyCounts {
  const counts = new TopologyCounts();
  for (const group of cluster.affinityGroups.all()) {
    for (const term of group.pod.antiAffinity.required) {
      if (!matches(term, pod, cluster)) continue;
      for (const [slot, amount] of group.bySlot) {
        const node = cluster.nodeAt(slot);
        if (node !== undefined) counts.add(node, term.topologyKey, amount);
      }
    }
  }
  return counts;
}

function createScorer(pod: PodInfo, cluster: ClusterCache, args: InterPodAffinityArgs): NodeScorer | "skip" {
  const wanted = pod.affinity.preferred;
  const unwanted = pod.antiAffinity.preferred;
  const indifferent = wanted.length === 0 && unwanted.length === 0;
  if (indifferent && (args.ignorePreferredTermsOfExistingPods || cluster.affinityGroups.size === 0)) return "skip";
  const scores = new TopologyCounts();
  const own = (terms: readonly AffinityTerm[], sign: 1 | -1, which: string): void => {
    for (const [index, term] of terms.entries()) {
      const counter = affinityCounter(pod, cluster, [term], `${which} ${index}`);
      addCounter(scores, cluster, { counter, keys: [term.topologyKey], weight: sign * term.weight });
    }
  };
  own(wanted, 1, "preferred");
  own(unwanted, -1, "preferred anti");
  addWishesOfOthers(scores, pod, { cluster, hardWeight: args.hardPodAffinityWeight });
  if (scores.empty) return "skip";
  return { of: (node) => scores.total(node), normalize: stretch };
}

/** What running pods think of this one. */
function addWishesOfOthers(
  scores: TopologyCounts,
  pod: PodInfo,
  { cluster, hardWeight }: { cluster: ClusterCache; hardWeight: number },
): void {
  for (const group of cluster.affinityGroups.all()) {
    const add = (terms: readonly AffinityTerm[], weightOf: (term: AffinityTerm) => number): void => {
      for (const term of terms) {
        const weight = weightOf(term);
        if (weight === 0 || !matches(term, pod, cluster)) continue;
        for (const [slot, amount] of group.bySlot) {
          const node = cluster.nodeAt(slot);
          if (node !== undefined) scores.add(node, term.topologyKey, weight * amount);
        }
      }
    };
    add(group.pod.affinity.required, () => hardWeight);
    add(group.pod.affinity.preferred, ({ weight }) => weight);
    add(group.pod.antiAffinity.preferred, ({ weight }) => -weight);
  }
}

/** From the lowest score to 0, from the highest to 100. */
function stretch(scores: number[]): void {
  let lowest = Infinity;
  let highest = -Infinity;
  for (const score of scores) {
    if (score < lowest) lowest = score;
    if (score > highest) highest = score;
  }
  const range = highest - lowest;
  for (let i = 0; i < scores.length; i++) {
    scores[i] = range > 0 ? Math.floor((MAX_NODE_SCORE * ((scores[i] as number) - lowest)) / range) : 0;
  }
}

export const interPodAffinity = createInterPodAffinity();
