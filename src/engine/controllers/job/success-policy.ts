/** Whether enough indexes of a job have succeeded. Upstream: pkg/controller/job/success_policy.go. */
import type { Job } from "../../api/generated/types.ts";
import { hasIndex, parseIntervals, totalIndexes } from "./ordered-intervals.ts";
import type { OrderedIntervals } from "./ordered-intervals.ts";

/** The message of the condition; undefined: no rule matches yet. */
export function matchSuccessPolicy({ spec }: Job, succeeded: OrderedIntervals): string | undefined {
  const { successPolicy, completions = 0 } = spec;
  if (successPolicy === undefined || succeeded.length === 0) return undefined;
  const index = successPolicy.rules.findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) {
      return succeededCount !== undefined && totalIndexes(succeeded) >= succeededCount;
    }
    const wanted = parseIntervals(succeededIndexes, completions);
    let have = 0;
    for (const { first, last } of wanted) {
      for (let at = first; at <= last; at++) if (hasIndex(succeeded, at)) have++;
    }
    return have >= (succeededCount ?? totalIndexes(wanted));
  });
  return index < 0 ? undefined : `Matched rules at index ${index}`;
}
