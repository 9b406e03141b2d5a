/** Why no node fits, in upstream's words. Upstream: pkg/scheduler/framework/types.go (FitError), plugins/defaultpreemption. */
import type { CycleResult } from "./cycle.ts";
import type { Verdict } from "./framework.ts";

const NO_NODES = "no nodes available to schedule pods";
const NOT_HELPFUL = "Preemption is not helpful for scheduling";
const NO_VICTIMS = "No preemption victims found for incoming pod";
const NEVER_PREEMPTS = "not eligible due to preemptionPolicy=Never.";

/** The message of a `FailedScheduling` event and of the PodScheduled condition. */
export function fitErrorMessage(result: CycleResult, about: { nodes: number; preempts: boolean }): string {
  const { nodes } = about;
  if (nodes === 0) return NO_NODES;
  const head = `0/${nodes} nodes are available:`;
  const { rejected } = result;
  const why = rejected === undefined ? countReasons(allReasons(result, nodes)) : rejected.reasons.join(", ");
  return `${head} ${why}. preemption: ${about.preempts ? preemptionMessage(result, nodes) : NEVER_PREEMPTS}`;
}

/**
 * Simplified: nothing is preempted yet, so a node that rejected the pod for what runs there has no victims.
 */
function preemptionMessage({ rejected, verdicts }: CycleResult, nodes: number): string {
  let resolvable = 0;
  if (rejected === undefined) for (const { code } of verdicts.values()) if (code === "Unschedulable") resolvable++;
  const counts = new Map<string, number>();
  if (nodes > resolvable) counts.set(NOT_HELPFUL, nodes - resolvable);
  if (resolvable > 0) counts.set(NO_VICTIMS, resolvable);
  return `0/${nodes} nodes are available: ${countReasons(counts)}.`;
}

function allReasons({ verdicts, elsewhere }: CycleResult, nodes: number): Map<string, number> {
  const counts = new Map<string, number>();
  const count = ({ reasons }: Verdict, by: number): void => {
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + by);
  };
  for (const verdict of verdicts.values()) count(verdict, 1);
  if (elsewhere !== undefined && nodes > verdicts.size) count(elsewhere, nodes - verdicts.size);
  return counts;
}

function countReasons(counts: ReadonlyMap<string, number>): string {
  const texts = Array.from(counts, ([reason, count]) => `${count} ${reason}`);
  return texts.sort().join(", ");
}
