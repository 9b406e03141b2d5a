/** Keeps pods off cordoned nodes. Upstream: pkg/scheduler/framework/plugins/nodeunschedulable. */
import type { Plugin, Verdict } from "../framework.ts";
import { changedNode } from "../queue-events.ts";
import { findTolerating } from "../../api/core/tolerations.ts";

const NAME = "NodeUnschedulable";
const TAINT = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
const UNSCHEDULABLE: Verdict = {
  code: "UnschedulableAndUnresolvable",
  plugin: NAME,
  reasons: ["node(s) were unschedulable"],
};

export const nodeUnschedulable: Plugin = {
  name: NAME,
  scope: "node",
  events: ["node-add", "node-update", "pod-update"],
  filter({ pod }) {
    if (findTolerating(pod.spec.tolerations, TAINT) !== undefined) return "skip";
    return { check: ({ unschedulable }) => (unschedulable ? UNSCHEDULABLE : undefined) };
  },
  helps({ pod }, event) {
    if (event.type === "pod-update") return findTolerating(pod.spec.tolerations, TAINT) !== undefined;
    const node = changedNode(event);
    if (node === undefined || node.spec.unschedulable === true) return false;
    return event.type !== "node-update" || event.old.spec.unschedulable === true;
  },
};
