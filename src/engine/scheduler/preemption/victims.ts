/**
 * Who would have to leave a node. Upstream: pkg/scheduler/framework/plugins/defaultpreemption (SelectVictimsOnNode,
 * filterPodsWithPDBViolation).
 */
import type { PodDisruptionBudget } from "../../api/generated/types.ts";
import { labelSelectorAsSelector, SelectorError } from "../../api/meta/selectors.ts";
import type { Selector } from "../../api/meta/selectors.ts";
import type { ClusterCache } from "../cluster-cache.ts";
import type { Verdict } from "../framework.ts";
import type { NodeFilters } from "../node-filters.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodInfo } from "../pod-info.ts";
import { byImportance } from "./importance.ts";

const NO_VICTIMS: Verdict = {
  code: "UnschedulableAndUnresolvable",
  plugin: "DefaultPreemption",
  reasons: ["No preemption victims found for incoming pod"],
};

export interface Victims {
  /** The most important one first; never empty. */
  readonly pods: readonly PodInfo[];
  /** How many of them a disruption budget would have protected. */
  readonly violations: number;
}

export interface Trial {
  readonly cluster: ClusterCache;
  readonly filters: NodeFilters;
  readonly budgets: readonly Budget[];
}

/** A PodDisruptionBudget that can match something. */
export interface Budget {
  readonly namespace: string;
  readonly selector: Selector;
  readonly allowed: number;
  readonly disrupted: Readonly<Record<string, unknown>>;
}

/** An empty selector matches nothing here. */
export function budgetsOf(all: Iterable<PodDisruptionBudget>): Budget[] {
  const budgets: Budget[] = [];
  for (const { metadata, spec, status } of all) {
    const selector = readable(spec.selector);
    if (selector === undefined || selector.requirements.length === 0) continue;
    const { disruptionsAllowed = 0, disruptedPods = {} } = status ?? {};
    const namespace = metadata.namespace ?? "";
    budgets.push({ namespace, selector, allowed: disruptionsAllowed, disrupted: disruptedPods });
  }
  return budgets;
}

function readable(selector: PodDisruptionBudget["spec"]["selector"]): Selector | undefined {
  try {
    return labelSelectorAsSelector(selector);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    return undefined;
  }
}

/**
 * All pods of lower priority leave by way of trial; if the pod fits then, as many as possible come back, the protected ones
 * first. The cluster is afterwards as it was.
 */
export function selectVictims(pod: PodInfo, node: NodeInfo, trial: Trial): Victims | Verdict {
  const { cluster, filters } = trial;
  const candidates: PodInfo[] = [];
  for (const other of node.pods.values()) if (other.priority < pod.priority) candidates.push(other);
  if (candidates.length === 0) return NO_VICTIMS;
  candidates.sort(byImportance);
  return cluster.onTrial(node, () => {
    const away = new Set<PodInfo>();
    const moves = filters.movesOf(candidates);
    const leave = (other: PodInfo): void => {
      moves.remove(other, node);
      away.add(other);
    };
    const comeBack = (other: PodInfo): void => {
      moves.add(other, node);
      away.delete(other);
    };
    try {
      for (const other of candidates) leave(other);
      const verdict = filters.check(node);
      if (verdict !== undefined) return verdict;
      const { violating, others } = splitByBudgets(candidates, trial.budgets);
      const mustGo = (other: PodInfo): boolean => {
        comeBack(other);
        if (filters.check(node) === undefined) return false;
        leave(other);
        return true;
      };
      const broken = violating.filter(mustGo);
      const pods = [...broken, ...others.filter(mustGo)].sort(byImportance);
      return { pods, violations: broken.length };
    } finally {
      for (const other of away) comeBack(other);
    }
  });
}

/** Each budget lets so many go; the next ones violate it. The order stays. */
function splitByBudgets(
  pods: readonly PodInfo[],
  budgets: readonly Budget[],
): { violating: PodInfo[]; others: PodInfo[] } {
  const left = budgets.map(({ allowed }) => allowed);
  const violating: PodInfo[] = [];
  const others: PodInfo[] = [];
  for (const pod of pods) {
    let violates = false;
    for (const [index, { namespace, selector, disrupted }] of budgets.entries()) {
      if (namespace !== pod.namespace || !selector.matches(pod.labels)) continue;
      // The server has counted it already.
      if (Object.hasOwn(disrupted, pod.pod.metadata.name)) continue;
      const rest = (left[index] as number) - 1;
      left[index] = rest;
      if (rest < 0) violates = true;
    }
    (violates ? violating : others).push(pod);
  }
  return { violating, others };
}
