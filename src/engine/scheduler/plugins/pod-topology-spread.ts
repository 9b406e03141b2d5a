/**
 * Spreads alike pods over zones, nodes or any other topology. Upstream: pkg/scheduler/framework/plugins/podtopologyspread.
 */
import type { TopologySpreadConstraint } from "../../api/generated/types.ts";
import { deepEqual } from "../../base/json.ts";
import type { ClusterCache } from "../cluster-cache.ts";
import { MAX_NODE_SCORE } from "../framework.ts";
import type { NodeFilter, NodeScorer, Plugin, Verdict } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodInfo } from "../pod-info.ts";
import { changedNode } from "../queue-events.ts";
import type { ClusterEvent } from "../queue-events.ts";
import type { TopologyIndex } from "../topology-index.ts";
import {
  defaultConstraints,
  explicitConstraints,
  hasAllKeys,
  HOSTNAME,
  inclusion,
  spreadCounter,
  SYSTEM_DEFAULTS,
} from "./spread-constraints.ts";
import type { SpreadConstraint, WhenUnsatisfiable } from "./spread-constraints.ts";

const NAME = "PodTopologySpread";
const NO_MATCH: Verdict = {
  code: "Unschedulable",
  plugin: NAME,
  reasons: ["node(s) didn't match pod topology spread constraints"],
};
const NO_LABEL: Verdict = {
  code: "UnschedulableAndUnresolvable",
  plugin: NAME,
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
};

export interface PodTopologySpreadArgs {
  /** "System": Kubernetes' own defaults for pods without constraints; "List": these. */
  readonly defaultingType?: string;
  readonly defaultConstraints?: readonly TopologySpreadConstraint[];
}

export function createPodTopologySpread(args: PodTopologySpreadArgs = {}): Plugin {
  const system = args.defaultingType !== "List";
  const defaults = system ? SYSTEM_DEFAULTS : (args.defaultConstraints ?? []);
  const constraintsOf = (pod: PodInfo, cluster: ClusterCache, when: WhenUnsatisfiable): readonly SpreadConstraint[] => {
    if (hasOwn(pod)) return explicitConstraints(pod, when);
    return defaults.some(({ whenUnsatisfiable }) => whenUnsatisfiable === when)
      ? defaultConstraints(pod, cluster, { defaults, when })
      : [];
  };
  return {
    name: NAME,
    scope: "cluster",
    events: ["pod-add", "pod-delete", "pod-update", "node-add", "node-update", "node-delete"],
    filter(pod, cluster) {
      const constraints = constraintsOf(pod, cluster, "DoNotSchedule");
      return constraints.length === 0 ? "skip" : createFilter(pod, cluster, constraints);
    },
    score(pod, cluster, feasible) {
      const constraints = constraintsOf(pod, cluster, "ScheduleAnyway");
      const requireAll = hasOwn(pod) || !system;
      if (constraints.length === 0) return "skip";
      return createScorer(pod, cluster, { constraints, nodes: feasible(), requireAll });
    },
    helps: (pod, event, cluster) => mayHelp(pod, event, constraintsOf(pod, cluster, "DoNotSchedule")),
  };
}

export const podTopologySpread = createPodTopologySpread();

function hasOwn({ pod }: PodInfo): boolean {
  return (pod.spec.topologySpreadConstraints?.length ?? 0) > 0;
}

function mayHelp(pod: PodInfo, event: ClusterEvent, constraints: readonly SpreadConstraint[]): boolean {
  if (event.type === "pod-update") {
    // Its labels tell which of the others it is counted with.
    return constraints.some(({ selector }) => selector.matches(pod.labels) !== selector.matches(event.old.labels));
  }
  if (event.type === "pod-add" || event.type === "pod-delete") {
    const { namespace, labels } = event.pod;
    return namespace === pod.namespace && constraints.some(({ selector }) => selector.matches(labels));
  }
  if (event.type === "node-delete") return hasAllKeys(event.node.metadata.labels ?? {}, constraints);
  const node = changedNode(event);
  if (node === undefined) return false;
  if (event.type === "node-update" && deepEqual(event.old.metadata.labels, node.metadata.labels)) {
    return !deepEqual(event.old.spec.taints, node.spec.taints);
  }
  return true;
}

function createFilter(pod: PodInfo, cluster: ClusterCache, constraints: readonly SpreadConstraint[]): NodeFilter {
  const includes = inclusion(pod, constraints);
  const topologies = constraints.map(({ topologyKey }) => cluster.topology(topologyKey));
  if (includes === undefined && (topologies.length === 1 || topologies.every(({ complete }) => complete))) {
    return filterBy(
      constraints.map((constraint, index) => {
        const topology = topologies[index] as TopologyIndex;
        const { sums } = spreadCounter(cluster, pod.namespace, constraint.selector).by(topology);
        return ruleOf(pod, constraint, { domainOf: topology.domainOf, counts: sums, domains: topology.size });
      }),
    );
  }
  const eligible = cluster.nodes.filter(({ slot }) => topologies.every(({ domainOf }) => (domainOf[slot] ?? -1) >= 0));
  const rules = constraints.map((constraint, index) => {
    const { selector } = constraint;
    const { domainOf, size } = topologies[index] as TopologyIndex;
    const counter = spreadCounter(cluster, pod.namespace, selector);
    // -1: no node of this domain counts.
    const counts = Array.from({ length: size }, () => -1);
    let domains = 0;
    for (const node of eligible) {
      if (includes !== undefined && !includes(node, constraint)) continue;
      const domain = domainOf[node.slot] as number;
      const before = counts[domain] as number;
      if (before < 0) domains++;
      counts[domain] = Math.max(before, 0) + counter.on(node.slot);
    }
    return ruleOf(pod, constraint, { domainOf, counts, domains });
  });
  return filterBy(rules);
}

interface SkewRule {
  readonly domainOf: readonly number[];
  readonly counts: readonly number[];
  /** More than this must not be there yet. */
  readonly most: number;
}

/** `counts`: by domain, -1 for one that doesn't count; `domains`: how many count. */
function ruleOf(
  pod: PodInfo,
  { maxSkew, minDomains, selector }: SpreadConstraint,
  { domainOf, counts, domains }: { domainOf: readonly number[]; counts: readonly number[]; domains: number },
): SkewRule {
  let fewest = domains < minDomains ? 0 : Infinity;
  for (const count of counts) if (count >= 0 && count < fewest) fewest = count;
  const self = selector.matches(pod.labels) ? 1 : 0;
  return { domainOf, counts, most: fewest + maxSkew - self };
}

function filterBy(rules: readonly SkewRule[]): NodeFilter {
  return {
    check({ slot }) {
      for (const { domainOf, counts, most } of rules) {
        const domain = domainOf[slot] ?? -1;
        if (domain < 0) return NO_LABEL;
        if (Math.max(counts[domain] as number, 0) > most) return NO_MATCH;
      }
      return undefined;
    },
  };
}

interface Weighing {
  constraints: readonly SpreadConstraint[];
  nodes: readonly NodeInfo[];
  /** Nodes that lack one of the keys get nothing. */
  requireAll: boolean;
}

function createScorer(pod: PodInfo, cluster: ClusterCache, weighing: Weighing): NodeScorer | "skip" {
  const { constraints, nodes, requireAll } = weighing;
  const ignored = new Set<NodeInfo>();
  if (requireAll) for (const node of nodes) if (!hasAllKeys(node.labels, constraints)) ignored.add(node);
  const parts = constraints
    .filter(({ topologyKey }) => cluster.hasTopology(topologyKey))
    .map((constraint) => weigh(pod, cluster, { constraint, ...weighing, ignored }));
  return {
    of(node) {
      if (ignored.size > 0 && ignored.has(node)) return 0;
      let score = 0;
      for (let i = 0; i < parts.length; i++) score += (parts[i] as (slot: number) => number)(node.slot);
      return Math.round(score);
    },
    normalize: (scores, scored) => invert(scores, scored, ignored),
  };
}

/** How much a node's topology is filled already, by one constraint. */
function weigh(
  pod: PodInfo,
  cluster: ClusterCache,
  about: Weighing & { constraint: SpreadConstraint; ignored: ReadonlySet<NodeInfo> },
): (slot: number) => number {
  const { constraint, constraints, nodes, requireAll, ignored } = about;
  const { topologyKey, maxSkew, selector } = constraint;
  const counter = spreadCounter(cluster, pod.namespace, selector);
  const { domainOf, size } = cluster.topology(topologyKey);
  if (topologyKey === HOSTNAME) {
    const weight = Math.log(nodes.length - ignored.size + 2);
    return (slot) => ((domainOf[slot] as number) < 0 ? 0 : counter.on(slot) * weight + (maxSkew - 1));
  }
  // By domain; the last one stands for nodes without the label. undefined: no feasible node is there.
  const counts = Array.from({ length: size + 1 }, (): number | undefined => undefined);
  const indexOf = (slot: number): number => ((domainOf[slot] as number) < 0 ? size : (domainOf[slot] as number));
  let domains = 0;
  for (const node of nodes) {
    if (ignored.has(node)) continue;
    const index = indexOf(node.slot);
    if (counts[index] === undefined) domains++;
    counts[index] = 0;
  }
  const weight = Math.log(domains + 2);
  const includes = inclusion(pod, constraints);
  const everyNodeCounts = constraints.every((other) => cluster.topology(other.topologyKey).complete);
  if (includes === undefined && (!requireAll || everyNodeCounts)) {
    const sums = counter.by(cluster.topology(topologyKey));
    return (slot) => ((domainOf[slot] as number) < 0 ? 0 : sums.at(slot) * weight + (maxSkew - 1));
  }
  for (const node of counter.total === 0 ? [] : cluster.nodes) {
    const here = counter.on(node.slot);
    if (here === 0) continue;
    const index = indexOf(node.slot);
    const before = counts[index];
    if (before === undefined || (includes !== undefined && !includes(node, constraint))) continue;
    if (requireAll && !hasAllKeys(node.labels, constraints)) continue;
    counts[index] = before + here;
  }
  return (slot) => ((domainOf[slot] as number) < 0 ? 0 : (counts[indexOf(slot)] ?? 0) * weight + (maxSkew - 1));
}

/** The emptiest topology gets the most. */
function invert(scores: number[], nodes: readonly NodeInfo[], ignored: ReadonlySet<NodeInfo>): void {
  let lowest = Infinity;
  let highest = 0;
  for (let i = 0; i < scores.length; i++) {
    if (ignored.size > 0 && ignored.has(nodes[i] as NodeInfo)) continue;
    const score = scores[i] as number;
    if (score < lowest) lowest = score;
    if (score > highest) highest = score;
  }
  for (let i = 0; i < scores.length; i++) {
    if (ignored.size > 0 && ignored.has(nodes[i] as NodeInfo)) scores[i] = 0;
    else if (highest === 0) scores[i] = MAX_NODE_SCORE;
    else scores[i] = Math.floor((MAX_NODE_SCORE * (highest + lowest - (scores[i] as number))) / highest);
  }
}
