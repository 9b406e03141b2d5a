/**
 * Why a pod has no node yet: one finding for each plugin that ruled nodes out, the one with most nodes first, and the
 * smallest change that would satisfy it as its key says.
 */
import type { Pod } from "../api/generated/types.ts";
import type { Decision, Rejection } from "../scheduler/decisions.ts";
import type { Verdict } from "../scheduler/framework.ts";
import type { Finding } from "./explanation.ts";

/** By scheduler plugin; any other is told in its own words. */
const KEYS: Readonly<Record<string, string>> = {
  NodeResourcesFit: "resources",
  TaintToleration: "taint",
  NodeAffinity: "node-affinity",
  NodeUnschedulable: "cordoned",
  NodeName: "node-name",
  NodePorts: "ports",
  PodTopologySpread: "spread",
  InterPodAffinity: "pod-affinity",
  VolumeBinding: "volume",
  VolumeZone: "volume-zone",
  NodeVolumeLimits: "volume-limit",
  VolumeRestrictions: "volume-in-use",
  DynamicResources: "devices",
};

/** `decision` is the scheduler's latest on this pod, if it had one. Empty for a pod that has a node. */
export function explainPending(pod: Pod, decision: Decision | undefined): Finding[] {
  if ((pod.spec.nodeName ?? "") !== "") return [];
  const gates = pod.spec.schedulingGates ?? [];
  if (gates.length > 0) return [{ key: "pending.gated", values: { gates: gates.map(({ name }) => name).join(", ") } }];
  if (decision === undefined) {
    return [{ key: "pending.not-looked-at", values: { scheduler: pod.spec.schedulerName ?? "default-scheduler" } }];
  }
  if (decision.node !== undefined) return [];
  const { rejections, rejected, roomMade } = decision;
  if (roomMade !== undefined && pod.status.nominatedNodeName === roomMade.node) {
    const { node, victims } = roomMade;
    return [{ key: "pending.room-made", values: { node, victims: victims.join(", ") } }];
  }
  if (rejections.length === 0 && rejected !== undefined) return [finding(rejected, 0, rejected.reasons)];
  if (rejections.length === 0) return [{ key: "pending.other", values: { nodes: 0, reason: decision.message } }];
  return byPlugin(rejections);
}

function byPlugin(rejections: readonly Rejection[]): Finding[] {
  const groups = new Map<string, { verdict: Verdict; nodes: number; reasons: Set<string> }>();
  for (const { verdict, nodes } of rejections) {
    const group = groups.get(verdict.plugin) ?? { verdict, nodes: 0, reasons: new Set() };
    group.nodes += nodes;
    for (const reason of wordsOf(verdict)) group.reasons.add(reason);
    groups.set(verdict.plugin, group);
  }
  const sorted = [...groups.values()].sort((a, b) => b.nodes - a.nodes);
  return sorted.map(({ verdict, nodes, reasons }) => finding(verdict, nodes, [...reasons]));
}

/** With what upstream keeps to its log. */
export function wordsOf({ reasons, detail }: Verdict): string[] {
  return reasons.map((reason) => (detail === undefined ? reason : `${reason} ${detail}`));
}

/** `nodes`: how many it ruled out. */
function finding({ plugin }: Verdict, nodes: number, reasons: readonly string[]): Finding {
  const key = Object.hasOwn(KEYS, plugin) ? KEYS[plugin] : "other";
  return { key: `pending.${key}`, values: { nodes, reason: reasons.join(", ") } };
}
