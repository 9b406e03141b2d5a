/** spec.nodeSelector and node affinity. Upstream: pkg/scheduler/framework/plugins/nodeaffinity. */
import type { NodeAffinity } from "../../api/generated/types.ts";
import { deepEqual } from "../../base/json.ts";
import { normalizeScores } from "../framework.ts";
import type { Plugin, Verdict } from "../framework.ts";
import { changedNode } from "../queue-events.ts";
import { namedNodes, requiredNodes, selectorMatcher, termMatcher } from "../../api/core/node-selectors.ts";

const NAME = "NodeAffinity";

function unresolvable(reason: string): Verdict {
  return { code: "UnschedulableAndUnresolvable", plugin: NAME, reasons: [reason] };
}

const NO_MATCH = unresolvable("node(s) didn't match Pod's node affinity/selector");
const NOT_ENFORCED = unresolvable("node(s) didn't match scheduler-enforced node affinity");
const CONFLICT = unresolvable("pod affinity terms conflict");

/** `addedAffinity`: the profile's own, asked of every pod. */
export function createNodeAffinity(addedAffinity: NodeAffinity = {}): Plugin {
  const added = addedAffinity.requiredDuringSchedulingIgnoredDuringExecution;
  const enforced = added === undefined ? undefined : selectorMatcher(added);
  const addedPreferences = addedAffinity.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return {
    name: NAME,
    scope: "node",
    events: ["node-add", "node-update"],
    filter({ pod }) {
      const matches = requiredNodes(pod.spec);
      if (matches === undefined && enforced === undefined) return "skip";
      const nodeNames = namedNodes(pod.spec);
      if (nodeNames?.size === 0) return CONFLICT;
      return {
        ...(nodeNames && { nodeNames }),
        check(node) {
          if (enforced !== undefined && !enforced(node)) return NOT_ENFORCED;
          return matches === undefined || matches(node) ? undefined : NO_MATCH;
        },
      };
    },
    score({ pod }) {
      const own = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
      const preferences = [...addedPreferences, ...own].map(({ weight, preference }) => ({
        weight,
        matches: termMatcher(preference),
      }));
      if (preferences.length === 0) return "skip";
      return {
        of: (node) => preferences.reduce((sum, { weight, matches }) => (matches(node) ? sum + weight : sum), 0),
        normalize: (scores: number[]) => normalizeScores(scores, { reverse: false }),
      };
    },
    helps({ pod }, event) {
      const node = changedNode(event);
      if (node === undefined) return false;
      if (event.type === "node-update" && deepEqual(event.old.metadata.labels, node.metadata.labels)) return false;
      const matches = requiredNodes(pod.spec);
      return matches === undefined || matches({ name: node.metadata.name, labels: node.metadata.labels ?? {} });
    },
  };
}

export const nodeAffinity = createNodeAffinity();
