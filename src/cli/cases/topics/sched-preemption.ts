/** Who is pushed out for a pod that fits nowhere, and where. */
import type { Node, Pod, PodDisruptionBudget } from "../../../engine/api/generated/types.ts";
import { EVERYTHING } from "../../../engine/api/meta/selectors.ts";
import { ClusterCache } from "../../../engine/scheduler/cluster-cache.ts";
import type { CycleResult } from "../../../engine/scheduler/cycle.ts";
import type { Plugin, Verdict } from "../../../engine/scheduler/framework.ts";
import { NodeFilters } from "../../../engine/scheduler/node-filters.ts";
import type { NodeInfo } from "../../../engine/scheduler/node-info.ts";
import type { PodInfo } from "../../../engine/scheduler/pod-info.ts";
import { interPodAffinity } from "../../../engine/scheduler/plugins/inter-pod-affinity.ts";
import { nodeResourcesFit } from "../../../engine/scheduler/plugins/node-resources-fit.ts";
import { podTopologySpread } from "../../../engine/scheduler/plugins/pod-topology-spread.ts";
import { dryRun, ineligible, preempt } from "../../../engine/scheduler/preemption/default-preemption.ts";
import type { PreemptionContext } from "../../../engine/scheduler/preemption/default-preemption.ts";
import { pickCandidate } from "../../../engine/scheduler/preemption/pick-candidate.ts";
import { budgetsOf } from "../../../engine/scheduler/preemption/victims.ts";
import type { Pipeline } from "../../../engine/scheduler/template.ts";
import { podInfoOf } from "../scheduler-plugins.ts";
import { defineTopic, expectEqual, unknownKind, type DataCase } from "../topic.ts";

type Code = Verdict["code"];

/** Which fields a case has depends on its kind. */
interface PreemptionCase extends DataCase {
  filters?: string[];
  nodes: Node[];
  existingPods: Pod[];
  pod: Pod;
  podDisruptionBudgets?: PodDisruptionBudget[];
  candidates: { node: string; victims: string[]; numPDBViolations: number }[];
  expectAnyOf: string[];
  filteredNodesStatuses: Record<string, { code: Code }>;
  nominatedNodeName: string | null;
  nominatedNodeStatus: { code: Code; reasons: string[] } | null;
  victims: string[];
  expect: unknown;
}

const PLUGINS: readonly Plugin[] = [nodeResourcesFit, podTopologySpread, interPodAffinity];

interface World {
  readonly context: PreemptionContext;
  readonly cluster: ClusterCache;
  readonly pod: PodInfo;
}

function worldOf({ filters = [], nodes, existingPods, pod, podDisruptionBudgets = [] }: PreemptionCase): World {
  const cluster = new ClusterCache({ selectorFor: () => EVERYTHING });
  for (const node of nodes) cluster.setNode({ ...node, spec: node.spec ?? {}, status: node.status ?? {} });
  for (const other of existingPods) cluster.setPod(podInfoOf(other), other.spec.nodeName ?? "");
  const active = PLUGINS.filter(({ name }) => filters.includes(name)).map((plugin) => ({ plugin, weight: 0 }));
  const pipeline: Pipeline = {
    filters: {
      node: active.filter(({ plugin }) => plugin.scope === "node"),
      cluster: active.filter(({ plugin }) => plugin.scope === "cluster"),
    },
    scores: { node: [], cluster: [] },
  };
  const budgets = budgetsOf(podDisruptionBudgets.map((budget) => ({ ...budget, metadata: budget.metadata ?? {} })));
  const first = { int: () => 0, float: () => 0 };
  return {
    context: { cluster, pipeline, random: first, budgets: () => budgets },
    cluster,
    pod: podInfoOf(pod),
  };
}

type NodeVerdicts = Pick<CycleResult, "verdicts" | "rejected" | "elsewhere">;

function failedWith(verdicts: ReadonlyMap<NodeInfo, Verdict>): NodeVerdicts {
  return { verdicts, rejected: undefined, elsewhere: undefined };
}

function verdict(code: Code): Verdict {
  return { code, plugin: "", reasons: [] };
}

function verdictsByName(cluster: ClusterCache, codes: Record<string, { code: Code }>): NodeVerdicts {
  // In the source's version a node that nothing was said of may be helped.
  return failedWith(new Map(cluster.nodes.map((node) => [node, verdict(codes[node.name]?.code ?? "Unschedulable")])));
}

function candidatesIn({ context, cluster, pod }: World) {
  return dryRun(pod, cluster.nodes, context).candidates;
}

/** What a cycle would have said of the nodes. */
function searched({ context, cluster, pod }: World): NodeVerdicts {
  const filters = new NodeFilters(pod, context.pipeline, cluster);
  const verdicts = new Map<NodeInfo, Verdict>();
  for (const node of cluster.nodes) {
    const found = filters.check(node);
    if (found !== undefined) verdicts.set(node, found);
  }
  return failedWith(verdicts);
}

function namesOf(pods: readonly PodInfo[]): string[] {
  return pods.map(({ pod }) => pod.metadata.name);
}

export const schedPreemption = defineTopic<PreemptionCase>({
  topic: "sched_preemption",
  run(item) {
    const world = worldOf(item);
    const { pod, cluster, context } = world;
    switch (item.kind) {
      case "dryRun": {
        const got = candidatesIn(world).map(({ node, victims }) => ({
          node: node.name,
          victims: namesOf(victims.pods).sort(),
          numPDBViolations: victims.violations,
        }));
        return expectEqual(
          item.candidates,
          got.sort((a, b) => (a.node < b.node ? -1 : 1)),
        );
      }
      case "selectNode": {
        const got = pickCandidate(candidatesIn(world)).node.name;
        return item.expectAnyOf.includes(got) ? undefined : { expected: item.expectAnyOf, got };
      }
      case "postFilter": {
        const { candidate, clears, message } = preempt(
          pod,
          verdictsByName(cluster, item.filteredNodesStatuses),
          context,
        );
        const status = candidate === undefined ? { code: "Unschedulable", reasons: [message] } : { code: "Success" };
        const nominated = candidate?.node.name ?? (clears ? "" : null);
        return expectEqual({ status: item.expect, nominated: item.nominatedNodeName }, { status, nominated });
      }
      case "eligible": {
        const name = pod.pod.status?.nominatedNodeName ?? "";
        const codes = item.nominatedNodeStatus === null ? {} : { [name]: item.nominatedNodeStatus };
        return expectEqual(item.expect, ineligible(pod, verdictsByName(cluster, codes), cluster) === undefined);
      }
      case "preempt": {
        const { candidate } = preempt(pod, searched(world), context);
        const got = {
          nominatedNodeName: candidate?.node.name ?? "",
          victims: namesOf(candidate?.victims.pods ?? []).sort(),
        };
        return expectEqual({ nominatedNodeName: item.nominatedNodeName, victims: [...item.victims].sort() }, got);
      }
      default:
        return unknownKind(item.kind);
    }
  },
});
