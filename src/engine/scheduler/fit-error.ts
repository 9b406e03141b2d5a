/** Why no node fits, in upstream's words. Upstream: pkg/scheduler/framework/types.go (FitError). */
import type { CycleResult } from "./cycle.ts";
import type { Verdict } from "./framework.ts";
import { countVerdicts } from "./verdict-list.ts";

const NO_NODES = "no nodes available to schedule pods";
/**
 * The message of a `FailedScheduling` event and of the PodScheduled condition. `preemption`: what came of trying to push
 * out other pods, "" when that makes room.
 */
export function fitErrorMessage(result: CycleResult, about: { nodes: number; preemption: string }): string {
  const { nodes, preemption } = about;
  if (nodes === 0) return NO_NODES;
  const head = `0/${nodes} nodes are available:`;
  const { rejected } = result;
  const why = rejected === undefined ? countReasons(allReasons(result, nodes)) : rejected.reasons.join(", ");
  return `${head} ${why}.${preemption === "" ? "" : ` ${preemption}`}`;
}

function allReasons({ verdicts, elsewhere }: CycleResult, nodes: number): Map<string, number> {
  const counts = new Map<string, number>();
  const count = ({ reasons }: Verdict, by: number): void => {
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + by);
  };
  for (const [verdict, by] of verdicts.counts ?? countVerdicts(verdicts.values())) count(verdict, by);
  if (elsewhere !== undefined && nodes > verdicts.size) count(elsewhere, nodes - verdicts.size);
  return counts;
}

/** Upstream: sortReasonsHistogram. */
export function countReasons(counts: ReadonlyMap<string, number>): string {
  const texts = Array.from(counts, ([reason, count]) => `${count} ${reason}`);
  return texts.sort().join(", ");
}
