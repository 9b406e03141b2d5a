/** Taints that the pod doesn't tolerate. Upstream: pkg/scheduler/framework/plugins/tainttoleration. */
import type { Toleration } from "../../api/generated/types.ts";
import { deepEqual } from "../../base/json.ts";
import { normalizeScores } from "../framework.ts";
import type { Plugin, Verdict } from "../framework.ts";
import { changedNode } from "../queue-events.ts";
import { findTolerating, HARD_EFFECTS, untolerated } from "../../api/core/tolerations.ts";

const NAME = "TaintToleration";

const REASONS = ["node(s) had untolerated taint(s)"];
/** Verdicts by taint: few taints repel many pods. */
const verdicts = new Map<string, Verdict>();

function verdictOn(taint: { key: string; value?: string | undefined }): Verdict {
  const detail = `{${taint.key}: ${taint.value ?? ""}}`;
  let verdict = verdicts.get(detail);
  if (verdict === undefined) {
    if (verdicts.size > 1000) verdicts.clear();
    verdict = { code: "UnschedulableAndUnresolvable", plugin: NAME, reasons: REASONS, detail };
    verdicts.set(detail, verdict);
  }
  return verdict;
}

function softTolerations(tolerations: readonly Toleration[] | undefined): Toleration[] {
  return (tolerations ?? []).filter(({ effect = "" }) => effect === "" || effect === "PreferNoSchedule");
}

export const taintToleration: Plugin = {
  name: NAME,
  scope: "node",
  events: ["node-add", "node-update", "pod-update"],
  filter({ pod }) {
    const { tolerations } = pod.spec;
    return {
      check({ taints }) {
        if (taints.length === 0) return undefined;
        const taint = untolerated(taints, tolerations, HARD_EFFECTS);
        return taint && verdictOn(taint);
      },
    };
  },
  score({ pod }) {
    const tolerations = softTolerations(pod.spec.tolerations);
    return {
      of({ taints }) {
        let count = 0;
        for (const taint of taints) {
          if (taint.effect === "PreferNoSchedule" && findTolerating(tolerations, taint) === undefined) count++;
        }
        return count;
      },
      normalize: (scores: number[]) => normalizeScores(scores, { reverse: true }),
    };
  },
  helps({ pod }, event) {
    if (event.type === "pod-update") return !deepEqual(pod.spec.tolerations, event.old.pod.spec.tolerations);
    const node = changedNode(event);
    if (node === undefined || (event.type === "node-update" && event.old.spec.taints === node.spec.taints))
      return false;
    return untolerated(node.spec.taints ?? [], pod.spec.tolerations, HARD_EFFECTS) === undefined;
  },
};
