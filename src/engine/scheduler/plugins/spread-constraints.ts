/** Topology spread constraints as the plugin works with them. Upstream: plugins/podtopologyspread/common.go, plugin.go. */
import type { TopologySpreadConstraint } from "../../api/generated/types.ts";
import { labelSelectorAsSelector, Selector } from "../../api/meta/selectors.ts";
import type { Labels } from "../../api/meta/selectors.ts";
import type { ClusterCache } from "../cluster-cache.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodCounter } from "../pod-counter.ts";
import type { PodInfo } from "../pod-info.ts";
import { requiredNodes } from "../../api/core/node-selectors.ts";
import type { NodeMatcher } from "../../api/core/node-selectors.ts";
import { HARD_EFFECTS, untolerated } from "../../api/core/tolerations.ts";

export const HOSTNAME = "kubernetes.io/hostname";
const ZONE = "topology.kubernetes.io/zone";

export interface SpreadConstraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly selector: Selector;
  /** Nodes that don't match the pod's node affinity don't count. */
  readonly honorAffinity: boolean;
  /** Nodes with taints that the pod doesn't tolerate don't count. */
  readonly honorTaints: boolean;
}

/** For pods that have none of their own but belong to something. */
export const SYSTEM_DEFAULTS: readonly TopologySpreadConstraint[] = [
  { topologyKey: HOSTNAME, maxSkew: 3, whenUnsatisfiable: "ScheduleAnyway" },
  { topologyKey: ZONE, maxSkew: 5, whenUnsatisfiable: "ScheduleAnyway" },
];

export type WhenUnsatisfiable = "DoNotSchedule" | "ScheduleAnyway";

export function explicitConstraints(
  { pod, labels }: PodInfo,
  whenUnsatisfiable: WhenUnsatisfiable,
): SpreadConstraint[] {
  const constraints = pod.spec.topologySpreadConstraints ?? [];
  return constraints
    .filter((constraint) => constraint.whenUnsatisfiable === whenUnsatisfiable)
    .map((constraint) => ({
      topologyKey: constraint.topologyKey,
      maxSkew: constraint.maxSkew,
      minDomains: constraint.minDomains ?? 1,
      selector: withMatchLabelKeys(constraint, labels),
      honorAffinity: constraint.nodeAffinityPolicy !== "Ignore",
      honorTaints: constraint.nodeTaintsPolicy === "Honor",
    }));
}

/** For a pod that belongs to something; one that doesn't has none. */
export function defaultConstraints(
  pod: PodInfo,
  cluster: ClusterCache,
  { defaults, when }: { defaults: readonly TopologySpreadConstraint[]; when: WhenUnsatisfiable },
): SpreadConstraint[] {
  const selector = cluster.memberships.selectorFor(pod);
  if (selector.matchesEverything) return [];
  const wanted = defaults.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === when);
  return wanted.map(({ topologyKey, maxSkew, minDomains = 1, nodeAffinityPolicy, nodeTaintsPolicy }) => ({
    topologyKey,
    maxSkew,
    minDomains,
    selector,
    honorAffinity: nodeAffinityPolicy !== "Ignore",
    honorTaints: nodeTaintsPolicy === "Honor",
  }));
}

function withMatchLabelKeys(
  { labelSelector, matchLabelKeys = [] }: TopologySpreadConstraint,
  labels: Labels,
): Selector {
  const selector = labelSelectorAsSelector(labelSelector);
  const keys = matchLabelKeys.filter((key) => Object.hasOwn(labels, key));
  if (keys.length === 0 || selector.matchesNothing) return selector;
  const more = keys.map((key) => ({ key, operator: "in" as const, values: [labels[key] as string] }));
  return new Selector([...selector.requirements, ...more]);
}

const texts = new WeakMap<Selector, string>();

/** Counts pods of the same namespace that the selector means and that are not on their way out. */
export function spreadCounter(cluster: ClusterCache, namespace: string, selector: Selector): PodCounter {
  let text = texts.get(selector);
  if (text === undefined) {
    text = selector.matchesNothing ? "nothing" : `(${selector.toString()})`;
    texts.set(selector, text);
  }
  return cluster.counter({
    key: `spread\n${namespace}\n${text}`,
    namespace,
    selector,
    matches: (pod) => pod.namespace === namespace && !pod.terminating && selector.matches(pod.labels),
  });
}

/** Says whether a node counts for a constraint; undefined: each node does, for any of these constraints. */
export function inclusion(
  { pod }: PodInfo,
  constraints: readonly SpreadConstraint[],
): ((node: NodeInfo, constraint: SpreadConstraint) => boolean) | undefined {
  const matches: NodeMatcher | undefined = requiredNodes(pod.spec);
  const { tolerations } = pod.spec;
  const taintsMatter = constraints.some(({ honorTaints: honors }) => honors);
  if (matches === undefined && !taintsMatter) return undefined;
  return (node, { honorAffinity, honorTaints }) =>
    (!honorAffinity || matches === undefined || matches(node)) &&
    (!honorTaints || untolerated(node.taints, tolerations, HARD_EFFECTS) === undefined);
}

export function hasAllKeys(labels: Labels, constraints: readonly SpreadConstraint[]): boolean {
  return constraints.every(({ topologyKey }) => Object.hasOwn(labels, topologyKey));
}
