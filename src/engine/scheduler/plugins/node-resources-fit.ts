/**
 * Room for what the pod requests, and a preference for nodes with more room left. Upstream:
 * pkg/scheduler/framework/plugins/noderesources (fit.go, least_allocated.go, most_allocated.go,
 * requested_to_capacity_ratio.go, resource_allocation.go).
 */
import type { Node } from "../../api/generated/types.ts";
import { milliValue, quantityValue } from "../../api/meta/quantity.ts";
import type { ClusterCache } from "../cluster-cache.ts";
import type { NodeFilter, Plugin, Verdict } from "../framework.ts";
import type { PodInfo } from "../pod-info.ts";
import { changedNode } from "../queue-events.ts";
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
    filter: createFilter(ignores),
    score: (pod) => ({ of: (node) => scoreResources(pod, node, strategy) }),
    helps(pod, event) {
      // A pod that goes makes room for one more pod, and for whatever it had requested.
      if (event.type === "pod-delete") return true;
      if (event.type === "pod-update") return asksForLess(event.pod, event.old);
      const node = changedNode(event);
      if (node === undefined) return false;
      const [before, now] = [event.type === "node-update" ? offer(event.old) : NOTHING, offer(node)];
      // A label or a taint is no more room: each of the pods that wait is asked.
      if (before === now) return false;
      const wanted = amountsOf(pod).filter(([name]) => !(name.includes("/") && ignores(name)));
      return (
        wanted.every(([name, amount]) => amount <= amountIn(now, name)) &&
        wanted.some(([name]) => amountIn(now, name) > amountIn(before, name))
      );
    },
  };
}

/** Valid args name one of the three. */
function strategyOf({ type, requestedToCapacityRatio, ...rest }: ConfiguredStrategy): ScoringStrategy {
  return { ...rest, ...requestedToCapacityRatio, type: type as ScoringStrategy["type"] };
}

type Ignores = (resource: string) => boolean;

const createFilter =
  (ignores: Ignores) =>
  (pod: PodInfo, cluster: ClusterCache): NodeFilter => {
    const { milliCPU, memory, ephemeralStorage, scalar } = pod.requests.requests;
    const wanted = [...(scalar ?? [])].filter(([name, amount]) => amount > 0 && !(name.includes("/") && ignores(name)));
    const names = ["cpu", "memory", "ephemeral-storage", ...wanted.map(([name]) => name)];
    /** By what is short: two bits for each of `names`, the second one if the node can't ever have as much. */
    const verdicts = new Map<number, Verdict>();
    const [rare] = wanted;
    return {
      ...(rare && { slots: cluster.nodesWith(rare[0]) }),
      check(node) {
        const { allocatable, requested, allowedPods } = node;
        const full = node.podCount + 1 > allowedPods;
        let short = 0;
        if (milliCPU > allocatable.milliCPU - requested.milliCPU && milliCPU > 0) {
          short |= milliCPU > allocatable.milliCPU ? 3 : 1;
        }
        if (memory > allocatable.memory - requested.memory && memory > 0) {
          short |= memory > allocatable.memory ? 12 : 4;
        }
        if (ephemeralStorage > allocatable.ephemeralStorage - requested.ephemeralStorage && ephemeralStorage > 0) {
          short |= ephemeralStorage > allocatable.ephemeralStorage ? 48 : 16;
        }
        // As a number and not by bits, of which there are but 32.
        let bit = 64;
        for (const [name, amount] of wanted) {
          const total = allocatable.scalar?.get(name) ?? 0;
          if (amount > total - (requested.scalar?.get(name) ?? 0)) short += amount > total ? 3 * bit : bit;
          bit *= 4;
        }
        if (short === 0) return full ? TOO_MANY_PODS : undefined;
        const key = full ? -short : short;
        let verdict = verdicts.get(key);
        if (verdict === undefined) verdicts.set(key, (verdict = shortageOf(names, short, full)));
        return verdict;
      },
    };
  };

/** Verdicts by what they say: few kinds of shortage are said of many nodes, and of many pods. */
const verdicts = new Map<string, Verdict>();

function shortageOf(names: readonly string[], short: number, full: boolean): Verdict {
  const reasons = full ? [...TOO_MANY_PODS.reasons] : [];
  let unresolvable = false;
  let rest = short;
  for (const name of names) {
    if (rest % 2 === 1) reasons.push(`Insufficient ${name}`);
    if (rest % 4 === 3) unresolvable = true;
    rest = Math.floor(rest / 4);
  }
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

const NOTHING: Readonly<Record<string, string>> = {};

function offer({ status }: Node): Readonly<Record<string, string>> {
  return status?.allocatable ?? NOTHING;
}

function amountIn(allocatable: Readonly<Record<string, string>>, name: string): number {
  return name === "cpu" ? milliValue(allocatable[name] ?? "0") : quantityValue(allocatable[name] ?? "0");
}

/** All that a pod asks of a node, its place among `pods` too. */
function amountsOf(pod: PodInfo): (readonly [name: string, amount: number])[] {
  const { milliCPU, memory, ephemeralStorage, scalar } = pod.requests.requests;
  const plain = [
    ["cpu", milliCPU],
    ["memory", memory],
    ["ephemeral-storage", ephemeralStorage],
    ["pods", 1],
    ...(scalar ?? []),
  ] as const;
  return plain.filter(([, amount]) => amount > 0);
}

export const nodeResourcesFit = createNodeResourcesFit();
