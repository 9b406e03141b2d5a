/**
 * Makes room for a pod that fits nowhere by pushing out pods of lower priority. Upstream:
 * pkg/scheduler/framework/preemption, pkg/scheduler/framework/plugins/defaultpreemption.
 */
import { countReasons } from "../fit-error.ts";
import type { ClusterCache } from "../cluster-cache.ts";
import type { CycleResult } from "../cycle.ts";
import type { Extenders } from "../extenders.ts";
import type { Verdict } from "../framework.ts";
import { NodeFilters } from "../node-filters.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodInfo } from "../pod-info.ts";
import type { Pipeline, Template } from "../template.ts";
import { countVerdicts } from "../verdict-list.ts";
import type { RandomStream } from "../../sim/random.ts";
import { Candidate, pickCandidate } from "./pick-candidate.ts";
import { selectVictims } from "./victims.ts";
import type { Budget } from "./victims.ts";

const NOT_HELPFUL = "Preemption is not helpful for scheduling";
const NO_CANDIDATE = "no candidate node for preemption";
const NEVER = "not eligible due to preemptionPolicy=Never.";
const STILL_TERMINATING = "not eligible due to a terminating pod on the nominated node.";
export const PREEMPTION_BY_SCHEDULER = "PreemptionByScheduler";

/** How many nodes are looked at before the best of them is taken. */
export interface PreemptionLimits {
  readonly minCandidateNodesPercentage: number;
  readonly minCandidateNodesAbsolute: number;
}

export const DEFAULT_LIMITS: PreemptionLimits = { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100 };

export interface Preemption {
  /** Where room is made; undefined when nowhere. */
  readonly candidate: Candidate | undefined;
  /** True iff the pod should wait no longer for the node that it was nominated for. */
  readonly clears: boolean;
  /** Why there is no candidate, as the event of the pod says it. */
  readonly message: string;
}

export interface PreemptionContext {
  readonly cluster: ClusterCache;
  readonly pipeline: Pipeline;
  readonly random: RandomStream;
  readonly budgets: () => readonly Budget[];
  readonly limits?: PreemptionLimits;
  /** Who has a say in where room is made. */
  readonly extenders?: Extenders | undefined;
  /** Where trials of pods alike are kept; absent: nowhere. */
  readonly memory?: Pick<Template, "trial" | "keepTrial"> | undefined;
}

/** What the failed search said of each node. */
export type NodeVerdicts = Pick<CycleResult, "verdicts" | "rejected" | "elsewhere">;

/** Finds out what could be done, and does nothing. Throws what extenders fail with. */
export function preempt(pod: PodInfo, failed: NodeVerdicts, context: PreemptionContext): Preemption {
  const reason = ineligible(pod, failed, context.cluster);
  if (reason !== undefined) return { candidate: undefined, clears: false, message: `preemption: ${reason}` };
  const { nodes } = context.cluster;
  const { candidates, verdicts } = dryRun(pod, potentialNodes(failed, nodes), context);
  if (candidates.length > 0) {
    const { cluster, extenders } = context;
    const left = extenders?.preempt(pod.pod, candidates, (name) => cluster.node(name)) ?? candidates;
    if (left.length === 0) return { candidate: undefined, clears: false, message: `preemption: ${NO_CANDIDATE}` };
    return { candidate: pickCandidate(left), clears: false, message: "" };
  }
  const counts = new Map<string, number>();
  for (const [{ reasons }, by] of countVerdicts(verdicts)) {
    for (const text of reasons) counts.set(text, (counts.get(text) ?? 0) + by);
  }
  if (nodes.length > verdicts.length) counts.set(NOT_HELPFUL, nodes.length - verdicts.length);
  const message = `preemption: 0/${nodes.length} nodes are available: ${countReasons(counts)}.`;
  return { candidate: undefined, clears: true, message };
}

/** Why the pod may not push out others now. */
export function ineligible(pod: PodInfo, failed: NodeVerdicts, cluster: ClusterCache): string | undefined {
  if (pod.pod.spec.preemptionPolicy === "Never") return NEVER;
  const name = cluster.nominations.nodeFor(pod.uid) || (pod.pod.status?.nominatedNodeName ?? "");
  const node = name === "" ? undefined : cluster.node(name);
  if (node === undefined || verdictOn(node, failed)?.code === "UnschedulableAndUnresolvable") return undefined;
  for (const other of node.pods.values()) {
    if (other.priority < pod.priority && isBeingPreempted(other)) return STILL_TERMINATING;
  }
  return undefined;
}

function isBeingPreempted({ terminating, pod }: PodInfo): boolean {
  if (!terminating) return false;
  const condition = pod.status?.conditions?.find(({ type }) => type === "DisruptionTarget");
  return condition?.status === "True" && condition.reason === PREEMPTION_BY_SCHEDULER;
}

function verdictOn(node: NodeInfo, { verdicts, rejected, elsewhere }: NodeVerdicts): Verdict | undefined {
  return rejected ?? verdicts.get(node) ?? elsewhere;
}

/** Nodes where it may help that other pods go. */
function potentialNodes(failed: NodeVerdicts, nodes: readonly NodeInfo[]): readonly NodeInfo[] {
  const found: NodeInfo[] = [];
  for (const node of nodes) if (verdictOn(node, failed)?.code === "Unschedulable") found.push(node);
  return found;
}

/** How many candidates are enough. */
function enoughCandidates(nodes: number, limits: PreemptionLimits): number {
  const { minCandidateNodesPercentage: percentage, minCandidateNodesAbsolute: least } = limits;
  return Math.min(nodes, Math.max(least, Math.floor((nodes * percentage) / 100)));
}

/**
 * Begins anywhere and stops at enough candidates, if one of them violates no budget. `verdicts`: one for each node where
 * nobody can be pushed out, or to no avail. What came of a node for a pod of the same template is not tried again before
 * the node changes, where nothing but the node mattered.
 */
export function dryRun(
  pod: PodInfo,
  nodes: readonly NodeInfo[],
  { cluster, pipeline, random, budgets, limits = DEFAULT_LIMITS, memory }: PreemptionContext,
): { candidates: Candidate[]; verdicts: Verdict[] } {
  const harmless: Candidate[] = [];
  const violating: Candidate[] = [];
  const verdicts: Verdict[] = [];
  const wanted = enoughCandidates(nodes.length, limits);
  if (nodes.length > 0) {
    const trial = { cluster, filters: new NodeFilters(pod, pipeline, cluster), budgets: budgets() };
    const waitsFor = cluster.nominations.nodeFor(pod.uid);
    const offset = random.int(nodes.length);
    for (let i = 0, at = offset; i < nodes.length; i++) {
      const node = nodes[at] as NodeInfo;
      if (++at === nodes.length) at = 0;
      const local = trial.budgets.length === 0 && node.name !== waitsFor;
      let outcome = local && trial.filters.indifferent ? memory?.trial(node) : undefined;
      if (outcome === undefined) {
        const tried = selectVictims(pod, node, trial);
        outcome = "code" in tried ? tried : new Candidate(node, tried);
        if (local && trial.filters.indifferent) memory?.keepTrial(node, outcome);
      }
      if (!(outcome instanceof Candidate)) verdicts.push(outcome);
      else if (outcome.victims.violations === 0) harmless.push(outcome);
      else violating.push(outcome);
      if (harmless.length > 0 && harmless.length + violating.length >= wanted) break;
    }
  }
  return { candidates: [...harmless, ...violating], verdicts };
}
