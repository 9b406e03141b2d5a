/** Why a pod is where it is: the scheduler's own decision, node by node and plugin by plugin. */
import type { Decision } from "../scheduler/decisions.ts";
import { wordsOf } from "./pending.ts";

export interface NodeVerdict {
  node: string;
  total: number;
  /**
   * What each plugin found (`raw`, in its own measure) and added (`weighted`: scaled to 100, times its weight); empty when
   * the node was the only one, then nothing is scored.
   */
  plugins: { name: string; raw: number; weighted: number }[];
  /** Who ruled the node out, and in which words. */
  rejected?: { plugin: string; reasons: readonly string[] };
}

export interface Placement {
  /** The chosen node; undefined when none fits. */
  node: string | undefined;
  fitting: number;
  /** Nodes that were looked at. */
  total: number;
  /** The fitting ones first, best first; then the rejected. In clusters of more than 100 nodes the first few of both. */
  nodes: NodeVerdict[];
  /** Where other pods were pushed out for this one, and which. */
  roomMade?: { node: string; victims: readonly string[] };
}

/** undefined when the decision is no longer remembered, or no node was looked at. */
export function explainPlacement(decision: Decision | undefined): Placement | undefined {
  const all = decision?.nodes ?? [];
  if (decision === undefined || all.length === 0) return undefined;
  const nodes = all.map(({ node, total, scores, verdict }): NodeVerdict => {
    const plugins = scores.map(({ plugin, raw, weighted }) => ({ name: plugin, raw, weighted }));
    if (verdict === undefined) return { node, total, plugins };
    return { node, total, plugins, rejected: { plugin: verdict.plugin, reasons: wordsOf(verdict) } };
  });
  const { node, fitting, evaluated, roomMade } = decision;
  return { node, fitting, total: evaluated, nodes, ...(roomMade && { roomMade }) };
}
