/** How cases ask a plugin of the scheduler: a cluster of the case's nodes and pods, and one pod to place. */
import type { Namespace, Node, NodeAffinity, Pod } from "../../engine/api/generated/types.ts";
import type { FieldError } from "../../engine/api/meta/field-error.ts";
import { EVERYTHING } from "../../engine/api/meta/selectors.ts";
import { ClusterCache } from "../../engine/scheduler/cluster-cache.ts";
import type { PluginArgs } from "../../engine/scheduler/config/configuration.ts";
import { validateArgs } from "../../engine/scheduler/config/validate-args.ts";
import type { Plugin, Verdict } from "../../engine/scheduler/framework.ts";
import { PodInfo } from "../../engine/scheduler/pod-info.ts";
import { createBalancedAllocation } from "../../engine/scheduler/plugins/balanced-allocation.ts";
import { imageLocality } from "../../engine/scheduler/plugins/image-locality.ts";
import { createInterPodAffinity } from "../../engine/scheduler/plugins/inter-pod-affinity.ts";
import { createNodeAffinity } from "../../engine/scheduler/plugins/node-affinity.ts";
import { nodeName } from "../../engine/scheduler/plugins/node-name.ts";
import { nodePorts } from "../../engine/scheduler/plugins/node-ports.ts";
import { createNodeResourcesFit } from "../../engine/scheduler/plugins/node-resources-fit.ts";
import { nodeUnschedulable } from "../../engine/scheduler/plugins/node-unschedulable.ts";
import { podTopologySpread } from "../../engine/scheduler/plugins/pod-topology-spread.ts";
import type { ScoringStrategy, WeightedResource } from "../../engine/scheduler/plugins/resource-scores.ts";
import { taintToleration } from "../../engine/scheduler/plugins/taint-toleration.ts";
import { expectEqual, unknownKind, type DataCase, type Failure } from "./topic.ts";

interface Status {
  code: string;
  reasons?: string[];
}

interface Args {
  addedAffinity?: NodeAffinity;
  scoringStrategy?: Omit<ScoringStrategy, "shape"> & { requestedToCapacityRatio?: Pick<ScoringStrategy, "shape"> };
  resources?: WeightedResource[];
  hardPodAffinityWeight?: number;
  ignorePreferredTermsOfExistingPods?: boolean;
}

/** Which fields a case has depends on its kind. */
export interface PluginCase extends DataCase {
  plugin: string;
  args?: Args;
  strategy?: ScoringStrategy;
  namespaces?: Namespace[];
  nodes: Node[];
  failedNodes?: Node[];
  existingPods?: Pod[];
  pod: Pod;
  preFilter?: Status;
  preFilterNodeNames?: string[];
  preScore?: Status;
  normalized?: boolean;
  /** Of wrong args: what is said of them. */
  errors?: Pick<FieldError, "field" | "type">[];
  /** By node: of a filter its status, of a score the number. */
  expect: Record<string, Status & number> | null;
}

function pluginOf({ plugin, args = {}, strategy }: PluginCase): Plugin | undefined {
  switch (plugin) {
    case "NodeResourcesFit": {
      const scoringStrategy = args.scoringStrategy ?? (strategy && { ...strategy, requestedToCapacityRatio: strategy });
      return createNodeResourcesFit(scoringStrategy && { scoringStrategy });
    }
    case "NodeResourcesBalancedAllocation":
      return createBalancedAllocation(args.resources);
    case "NodeAffinity":
      return createNodeAffinity(args.addedAffinity);
    case "InterPodAffinity": {
      const { hardPodAffinityWeight = 1, ignorePreferredTermsOfExistingPods = false } = args;
      return createInterPodAffinity({ hardPodAffinityWeight, ignorePreferredTermsOfExistingPods });
    }
    default:
      return [imageLocality, nodeName, nodePorts, nodeUnschedulable, podTopologySpread, taintToleration].find(
        ({ name }) => name === plugin,
      );
  }
}

let lastUid = 0;

/** The objects of the source lack what any object from a server has. */
export function podInfoOf(pod: Pod): PodInfo {
  const metadata = { ...pod.metadata, uid: pod.metadata?.uid ?? `pod-${++lastUid}` };
  return new PodInfo({
    ...pod,
    metadata,
    spec: { ...pod.spec, containers: pod.spec?.containers ?? [] },
    status: pod.status ?? {},
  });
}

function clusterOf({ nodes, failedNodes = [], namespaces = [], existingPods = [] }: PluginCase): ClusterCache {
  const cluster = new ClusterCache({ selectorFor: () => EVERYTHING });
  for (const namespace of namespaces) cluster.setNamespace(namespace);
  for (const node of [...nodes, ...failedNodes]) {
    const metadata = { ...node.metadata, name: node.metadata?.name ?? "" };
    cluster.setNode({ ...node, metadata, spec: node.spec ?? {}, status: node.status ?? {} });
  }
  for (const pod of existingPods) cluster.setPod(podInfoOf(pod), pod.spec?.nodeName ?? "");
  return cluster;
}

export function runPluginCase(item: PluginCase): Failure {
  const plugin = pluginOf(item);
  if (plugin === undefined) return { expected: "a plugin of the scheduler", got: item.plugin };
  if (item.kind === "invalidArgs") return runInvalidArgs(item);
  if (item.kind === "filter") return runFilter(item, plugin);
  return item.kind === "score" ? runScore(item, plugin) : unknownKind(item.kind);
}

function runInvalidArgs({ strategy, errors: wanted }: PluginCase): Failure {
  const errors: FieldError[] = [];
  const scoringStrategy = { type: "", resources: [], ...strategy };
  validateArgs("NodeResourcesFit", argsWith({ scoringStrategy }), { path: "", errors });
  return expectEqual(
    wanted,
    errors.map(({ field, type }) => ({ field, type })),
  );
}

function argsWith(given: Pick<PluginArgs["NodeResourcesFit"], "scoringStrategy">): PluginArgs["NodeResourcesFit"] {
  return { ignoredResources: [], ignoredResourceGroups: [], ...given };
}

const SUCCESS: Status = { code: "Success" };

function statusOf(verdict: Verdict | undefined): Status {
  return verdict === undefined ? SUCCESS : { code: verdict.code, reasons: wordsOf(verdict) };
}

/** The source's version names the taint in its message; since 1.35 it is told to the log alone. */
function wordsOf({ reasons, detail }: Verdict): string[] {
  return reasons.map((reason) => (detail === undefined ? reason : reason.replace("taint(s)", `taint ${detail}`)));
}

/** A case that names no reasons doesn't ask for them. */
function asAsked(wanted: Status, got: Status): Status {
  return wanted.reasons === undefined ? { code: got.code } : got;
}

function runFilter(item: PluginCase, plugin: Plugin): Failure {
  const cluster = clusterOf(item);
  const answer = plugin.filter?.(podInfoOf(item.pod), cluster) ?? "skip";
  const rejected = answer !== "skip" && "code" in answer ? answer : undefined;
  const { preFilter, preFilterNodeNames, expect } = item;
  if (preFilter !== undefined) {
    const before = answer === "skip" ? { code: "Skip" } : statusOf(rejected);
    const failure = expectEqual(preFilter, asAsked(preFilter, before));
    if (failure !== undefined) return failure;
  }
  if (preFilterNodeNames !== undefined && answer !== "skip" && rejected === undefined) {
    const names = "nodeNames" in answer ? [...(answer.nodeNames ?? [])] : [];
    const failure = expectEqual([...preFilterNodeNames].sort(), names.sort());
    if (failure !== undefined) return failure;
  }
  const got = Object.entries(expect ?? {}).map(([name, wanted]) => {
    const node = cluster.node(name);
    if (node === undefined) return [name, "no such node"];
    if (rejected !== undefined) {
      // The source asks the nodes even so, where a scheduler doesn't: their reasons are never seen.
      const { code } = statusOf(rejected);
      return [name, preFilter === undefined ? asAsked(wanted, statusOf(rejected)) : { reasons: wanted.reasons, code }];
    }
    const verdict = answer === "skip" || "code" in answer ? undefined : answer.check(node);
    return [name, asAsked(wanted, statusOf(verdict))];
  });
  return expectEqual(expect ?? {}, Object.fromEntries(got));
}

function runScore(item: PluginCase, plugin: Plugin): Failure {
  const cluster = clusterOf(item);
  const feasible = cluster.nodes.filter(({ name }) =>
    item.nodes.some(({ metadata }) => (metadata?.name ?? "") === name),
  );
  const pod = podInfoOf(item.pod);
  if (item.preScore?.code === "Error") {
    // A pod that can't be understood is never scored: its error must say what is wrong.
    const [text = ""] = item.preScore.reasons ?? [];
    return pod.parseError?.includes(text) === true ? undefined : { expected: text, got: pod.parseError };
  }
  const scorer = plugin.score?.(pod, cluster, () => (plugin.scope === "node" ? [] : feasible)) ?? "skip";
  if (scorer === "skip") return expectEqual(item.expect, item.preScore?.code === "Skip" ? null : zeros(item));
  const scores = feasible.map((node) => scorer.of(node));
  if (item.normalized === true) scorer.normalize?.(scores, feasible);
  return expectEqual(item.expect, Object.fromEntries(feasible.map(({ name }, at) => [name, scores[at]])));
}

/** A plugin that has nothing to say of a pod gives every node the same. */
function zeros({ nodes }: PluginCase): Record<string, number> {
  return Object.fromEntries(nodes.map(({ metadata }) => [metadata?.name ?? "", 0]));
}
