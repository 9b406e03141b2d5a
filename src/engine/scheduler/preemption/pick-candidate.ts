/** Where preempting does the least harm. Upstream: pkg/scheduler/framework/preemption (pickOneNodeForPreemption). */
import { assert } from "../../base/assert.ts";
import type { NodeInfo } from "../node-info.ts";
import type { Victims } from "./victims.ts";
import { startTime } from "./importance.ts";

export interface Candidate {
  readonly node: NodeInfo;
  readonly victims: Victims;
}

/** Makes every priority positive, so that many victims of a negative one weigh more than few. */
const PRIORITY_OFFSET = 2 ** 31;

/** In the order in which they count; the smaller, the better. */
const HARM: readonly ((victims: Victims) => number)[] = [
  ({ violations }) => violations,
  ({ pods }) => pods[0]?.priority ?? 0,
  ({ pods }) => pods.reduce((sum, { priority }) => sum + priority + PRIORITY_OFFSET, 0),
  ({ pods }) => pods.length,
  (victims) => -startOfMostImportant(victims),
];

/** Of equals the first one. `candidates` must not be empty. */
export function pickCandidate(candidates: readonly Candidate[]): Candidate {
  let best = candidates;
  for (const harm of HARM) {
    if (best.length <= 1) break;
    const harms = best.map(({ victims }) => harm(victims));
    const least = harms.reduce((a, b) => Math.min(a, b));
    best = best.filter((_, index) => harms[index] === least);
  }
  const [first] = best;
  assert(first !== undefined, "nothing to pick from", candidates.length);
  return first;
}

/** When the first of the victims of the highest priority was started. */
function startOfMostImportant({ pods }: Victims): number {
  const highest = pods[0]?.priority ?? 0;
  const times = pods.filter(({ priority }) => priority === highest).map((pod) => startTime(pod));
  return times.reduce((a, b) => Math.min(a, b), Infinity);
}
