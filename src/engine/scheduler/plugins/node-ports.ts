/** Host ports that are still free. Upstream: pkg/scheduler/framework/plugins/nodeports. */
import type { Plugin, Verdict } from "../framework.ts";

const NAME = "NodePorts";
const TAKEN: Verdict = {
  code: "Unschedulable",
  plugin: NAME,
  reasons: ["node(s) didn't have free ports for the requested pod ports"],
};

export const nodePorts: Plugin = {
  name: NAME,
  scope: "node",
  events: ["pod-delete", "node-add"],
  filter({ hostPorts }) {
    if (hostPorts.length === 0) return "skip";
    return { check: (node) => (hostPorts.some((port) => node.portTaken(port)) ? TAKEN : undefined) };
  },
  helps({ hostPorts }, event) {
    if (event.type === "pod-delete") {
      return event.pod.hostPorts.some(({ port }) => hostPorts.some((wanted) => wanted.port === port));
    }
    return event.type === "node-add";
  },
};
