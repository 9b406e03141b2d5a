/**
 * Room for what the pod requests, and a preference for nodes with more room left. Upstream:
 * pkg/scheduler/framework/plugins/noderesources (fit.go, least_allocated.go, most_allocated.go,
 * requested_to_capacity_ratio.go, resource_allocation.go).
 */
import { milliValue, quantityValue } from "../../api/meta/quantity.ts";
import type { Plugin, Verdict } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodInfo } from "../pod-info.ts";
import { DEFAULT_STRATEGY, scoreResources } from "./resource-scores.ts";
import type { ScoringStrategy } from "./resource-scores.ts";

const NAME = "NodeResourcesFit";
const TOO_MANY_PODS: Verdict = { code: "Unschedulable", plugin: NAME, reasons: ["Too many pods"] };

export interface NodeResourcesFitArgs {
  /** Names of extended resources that are nobody's concern here, and the parts before the slash of more such names. */
  readonly ignoredResources?: readonly string[];
  readonly ignoredResourceGroups?: readonly string[];
  readonly scoringStrategy?: ConfiguredStrategy;
}

interface ConfiguredStrategy extends Omit<ScoringStrategy, "type" | "shape"> {
  readonly type: string;
  readonly requestedToCapacityRatio?: Pick<ScoringStrategy, "shape">;
}

export function createNodeResourcesFit(args: NodeResourcesFitArgs = {}): Plugin {
  const { scoringStrategy, ignoredResources = [], ignoredResourceGroups = [] } = args;
  const strategy = scoringStrategy === undefined ? DEFAULT_STRATEGY : strategyOf(scoringStrategy);
  const ignores = (name: string): boolean =>
    ignoredResources.includes(name) || ignoredResourceGroups.includes(name.split("/")[0] as string);
  return {
    name: NAME,
    scope: "node",
    events: ["pod-delete", "node-add", "node-update", "pod-update"],
    filter: (pod) => ({ check: (node) => checkRoom(pod, node, ignores) }),
    score: (pod) => ({ of: (node) => scoreResources(pod, node, strategy) }),
    helps(pod, event) {
      // A pod that goes makes room for one more pod, and for whatever it had requested.
      if (event.type === "pod-delete") return true;
      if (event.type === "pod-update") return asksForLess(event.pod, event.old);
      if (event.type === "node-add") return mayHold(pod, event.node.status?.allocatable);
      if (event.type !== "node-update") return false;
      const { node, old } = event;
      return node.status?.allocatable !== old.status?.allocatable && mayHold(pod, node.status?.allocatable);
    },
  };
}

/** Valid args name one of the three. */
function strategyOf({ type, requestedToCapacityRatio, ...rest }: ConfiguredStrategy): ScoringStrategy {
  return { ...rest, ...requestedToCapacityRatio, type: type as ScoringStrategy["type"] };
}

type Ignores = (resource: string) => boolean;

function checkRoom(pod: PodInfo, node: NodeInfo, ignores: Ignores): Verdict | undefined {
  const { requests } = pod.requests;
  const { allocatable, requested, allowedPods } = node;
  const full = node.pods.size + 1 > allowedPods;
  const { milliCPU, memory, ephemeralStorage, scalar } = requests;
  if (
    scalar === undefined &&
    (milliCPU === 0 || milliCPU <= allocatable.milliCPU - requested.milliCPU) &&
    (memory === 0 || memory <= allocatable.memory - requested.memory) &&
    (ephemeralStorage === 0 || ephemeralStorage <= allocatable.ephemeralStorage - requested.ephemeralStorage)
  ) {
    return full ? TOO_MANY_PODS : undefined;
  }
  return shortages(pod, node, { full, ignores });
}

function shortages(
  pod: PodInfo,
  node: NodeInfo,
  { full, ignores }: { full: boolean; ignores: Ignores },
): Verdict | undefined {
  const { requests } = pod.requests;
  const { allocatable, requested } = node;
  const reasons = full ? [...TOO_MANY_PODS.reasons] : [];
  let unresolvable = false;
  const compare = (resource: string, wanted: number, room: { total: number; used: number }): void => {
    if (wanted === 0 || wanted <= room.total - room.used) return;
    reasons.push(`Insufficient ${resource}`);
    if (wanted > room.total) unresolvable = true;
  };
  compare("cpu", requests.milliCPU, { total: allocatable.milliCPU, used: requested.milliCPU });
  compare("memory", requests.memory, { total: allocatable.memory, used: requested.memory });
  compare("ephemeral-storage", requests.ephemeralStorage, {
    total: allocatable.ephemeralStorage,
    used: requested.ephemeralStorage,
  });
  for (const [name, wanted] of requests.scalar ?? []) {
    if (name.includes("/") && ignores(name)) continue;
    compare(name, wanted, { total: allocatable.scalar?.get(name) ?? 0, used: requested.scalar?.get(name) ?? 0 });
  }
  if (reasons.length === 0) return undefined;
  return shortageOf(reasons, unresolvable);
}

/** Verdicts by what they say: few kinds of shortage are said of many nodes. */
const verdicts = new Map<string, Verdict>();

function shortageOf(reasons: readonly string[], unresolvable: boolean): Verdict {
  const code = unresolvable ? "UnschedulableAndUnresolvable" : "Unschedulable";
  const key = `${code}\n${reasons.join("\n")}`;
  let verdict = verdicts.get(key);
  if (verdict === undefined) {
    if (verdicts.size > 1000) verdicts.clear();
    verdict = { code, plugin: NAME, reasons };
    verdicts.set(key, verdict);
  }
  return verdict;
}

/** Of any resource; a pod that was resized before it had a node. */
function asksForLess({ requests: { requests: now } }: PodInfo, { requests: { requests: before } }: PodInfo): boolean {
  return (
    now.milliCPU < before.milliCPU ||
    now.memory < before.memory ||
    now.ephemeralStorage < before.ephemeralStorage ||
    [...(before.scalar ?? [])].some(([name, amount]) => (now.scalar?.get(name) ?? 0) < amount)
  );
}

function mayHold(pod: PodInfo, allocatable: Readonly<Record<string, string>> | undefined): boolean {
  if (allocatable === undefined) return false;
  const { milliCPU, memory } = pod.requests.requests;
  return milliCPU <= milliValue(allocatable["cpu"] ?? "0") && memory <= quantityValue(allocatable["memory"] ?? "0");
}

export const nodeResourcesFit = createNodeResourcesFit();
