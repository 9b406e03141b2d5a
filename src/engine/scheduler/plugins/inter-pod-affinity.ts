/** Affinity and anti-affinity between pods. Upstream: pkg/scheduler/framework/plugins/interpodaffinity. */
import { deepEqual } from "../../base/json.ts";
import type { ClusterCache } from "../cluster-cache.ts";
import { MAX_NODE_SCORE } from "../framework.ts";
import type { NodeFilter, NodeScorer, Plugin, Verdict } from "../framework.ts";
import { jsonText } from "../json-text.ts";
import type { PodCounter } from "../pod-counter.ts";
import { termMatches } from "../pod-info.ts";
import type { AffinityTerm, PodInfo } from "../pod-info.ts";
import type { DomainSums, SlotCounts } from "../slot-counts.ts";

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
    events: ["pod-add", "pod-delete", "pod-update", "node-add", "node-update", "namespace-update"],
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
        case "pod-update":
          return !deepEqual(event.pod.labels, event.old.labels);
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

function createFilter(pod: PodInfo, cluster: ClusterCache): NodeFilter | Verdict | "skip" {
  const { parseError } = pod;
  if (parseError !== undefined) return { code: "UnschedulableAndUnresolvable", plugin: NAME, reasons: [parseError] };
  const wanted = pod.affinity.required;
  const unwanted = pod.antiAffinity.required;
  const existing = existingAntiAffinity(pod, cluster);
  if (existing.length === 0 && wanted.length === 0 && unwanted.length === 0) return "skip";

  // The first pod of a group that wants to be together has nobody to join.
  const affinity =
    wanted.length === 0 ? [] : sumsOf(affinityCounter(pod, cluster, wanted, "required"), wanted, cluster);
  const first = wanted.length > 0 && affinity.every(({ total }) => total === 0) && matchesAll(wanted, pod, cluster);
  // Each term by itself: two terms about one key must not add up.
  const anti = unwanted.flatMap((term, index) =>
    sumsOf(affinityCounter(pod, cluster, [term], `anti ${index}`), [term], cluster),
  );
  return {
    check({ slot }) {
      for (const sums of affinity) {
        if ((sums.index.domainOf[slot] ?? -1) < 0) return NO_AFFINITY;
        if (!first && sums.at(slot) <= 0) return NO_AFFINITY;
      }
      for (const sums of anti) if (sums.at(slot) > 0) return ANTI_AFFINITY;
      for (const sums of existing) if (sums.at(slot) > 0) return EXISTING_ANTI_AFFINITY;
      return undefined;
    },
  };
}

/** For each term, what is counted in the domains of its topology. */
function sumsOf(counts: SlotCounts, terms: readonly AffinityTerm[], cluster: ClusterCache): DomainSums[] {
  return terms.map(({ topologyKey }) => counts.by(cluster.topology(topologyKey)));
}

/** Where running pods don't want this one: all of these must be 0. */
function existingAntiAffinity(pod: PodInfo, cluster: ClusterCache): DomainSums[] {
  const found: DomainSums[] = [];
  for (const { pod: other, counts } of cluster.affinityGroups.all()) {
    for (const term of other.antiAffinity.required) {
      if (!matches(term, pod, cluster)) continue;
      const sums = counts.by(cluster.topology(term.topologyKey));
      if (sums.total > 0) found.push(sums);
    }
  }
  return found;
}

interface Wish {
  readonly sums: DomainSums;
  readonly weight: number;
}

function createScorer(pod: PodInfo, cluster: ClusterCache, args: InterPodAffinityArgs): NodeScorer | "skip" {
  const wanted = pod.affinity.preferred;
  const unwanted = pod.antiAffinity.preferred;
  const indifferent = wanted.length === 0 && unwanted.length === 0;
  if (indifferent && (args.ignorePreferredTermsOfExistingPods || cluster.affinityGroups.size === 0)) return "skip";
  const wishes: Wish[] = [];
  const add = (counts: SlotCounts, term: AffinityTerm, weight: number): void => {
    const sums = counts.by(cluster.topology(term.topologyKey));
    if (sums.total > 0) wishes.push({ sums, weight });
  };
  for (const [index, term] of wanted.entries()) {
    add(affinityCounter(pod, cluster, [term], `preferred ${index}`), term, term.weight);
  }
  for (const [index, term] of unwanted.entries()) {
    add(affinityCounter(pod, cluster, [term], `preferred anti ${index}`), term, -term.weight);
  }
  // What running pods think of this one.
  for (const { pod: other, counts } of cluster.affinityGroups.all()) {
    const consider = (terms: readonly AffinityTerm[], weightOf: (term: AffinityTerm) => number): void => {
      for (const term of terms) {
        const weight = weightOf(term);
        if (weight !== 0 && matches(term, pod, cluster)) add(counts, term, weight);
      }
    };
    consider(other.affinity.required, () => args.hardPodAffinityWeight);
    consider(other.affinity.preferred, ({ weight }) => weight);
    consider(other.antiAffinity.preferred, ({ weight }) => -weight);
  }
  if (wishes.length === 0) return "skip";
  return {
    of({ slot }) {
      let score = 0;
      for (const { sums, weight } of wishes) score += weight * sums.at(slot);
      return score;
    },
    normalize: stretch,
  };
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
