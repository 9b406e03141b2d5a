/** Scheduling gates, and the scale that scores are brought to. */
import { normalizeScores } from "../../../engine/scheduler/framework.ts";
import { schedulingGates } from "../../../engine/scheduler/plugins/scheduling-gates.ts";
import type { Pod } from "../../../engine/api/generated/types.ts";
import { podInfoOf } from "../scheduler-plugins.ts";
import { defineTopic, expectEqual, unknownKind, type DataCase } from "../topic.ts";

interface MiscCase extends DataCase {
  maxScore: number;
  reverse: boolean;
  scores: number[];
  pod: Pod;
  expect: unknown;
}

export const schedMisc = defineTopic<MiscCase>({
  topic: "sched_misc",
  run({ kind, maxScore, reverse, scores, pod, expect }) {
    if (kind === "normalizeScores") {
      const normalized = [...scores];
      normalizeScores(normalized, { reverse, max: maxScore });
      return expectEqual(expect, normalized);
    }
    if (kind !== "preEnqueue") return unknownKind(kind);
    const verdict = schedulingGates.preEnqueue?.(podInfoOf(pod));
    return expectEqual(
      expect,
      verdict === undefined ? { code: "Success" } : { code: verdict.code, reasons: verdict.reasons },
    );
  },
});
