/** Where preempting does the least harm. Upstream: pkg/scheduler/framework/preemption (pickOneNodeForPreemption). */
import { assert } from "../../base/assert.ts";
import type { NodeInfo } from "../node-info.ts";
import type { Victims } from "./victims.ts";
import { startTime } from "./importance.ts";

export class Candidate {
  readonly node: NodeInfo;
  readonly victims: Victims;
  private known: readonly number[] | undefined;

  constructor(node: NodeInfo, victims: Victims) {
    this.node = node;
    this.victims = victims;
  }

  /** In the order in which it counts; the smaller, the better. */
  get harm(): readonly number[] {
    return (this.known ??= harmOf(this.victims));
  }
}

/** Makes every priority positive, so that many victims of a negative one weigh more than few. */
const PRIORITY_OFFSET = 2 ** 31;

/** Field by field: of thousands of nodes one is chosen. */
function harmOf(victims: Victims): readonly number[] {
  const { violations, pods } = victims;
  let sum = 0;
  for (const { priority } of pods) sum += priority + PRIORITY_OFFSET;
  return [violations, pods[0]?.priority ?? 0, sum, pods.length, -startOfMostImportant(victims)];
}

/** Of equals the first one. `candidates` must not be empty. */
export function pickCandidate(candidates: readonly Candidate[]): Candidate {
  const [first] = candidates;
  assert(first !== undefined, "nothing to pick from", candidates.length);
  let best = first;
  for (const candidate of candidates) if (isLess(candidate.harm, best.harm)) best = candidate;
  return best;
}

/** Where the two lists first differ, the smaller number counts. */
function isLess(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return (a[i] as number) < (b[i] as number);
  return false;
}

/** When the first of the victims of the highest priority was started. */
function startOfMostImportant({ pods }: Victims): number {
  const highest = pods[0]?.priority ?? 0;
  let first = Infinity;
  for (const pod of pods) if (pod.priority === highest) first = Math.min(first, startTime(pod));
  return first;
}
