/** Only the node that spec.nodeName names. Upstream: pkg/scheduler/framework/plugins/nodename. */
import type { Plugin, Verdict } from "../framework.ts";
import { changedNode } from "../queue-events.ts";

const NAME = "NodeName";
const OTHER_NAME: Verdict = {
  code: "UnschedulableAndUnresolvable",
  plugin: NAME,
  reasons: ["node(s) didn't match the requested node name"],
};

export const nodeName: Plugin = {
  name: NAME,
  scope: "node",
  events: ["node-add", "node-update"],
  filter({ pod }) {
    const wanted = pod.spec.nodeName ?? "";
    if (wanted === "") return "skip";
    return { check: ({ name }) => (name === wanted ? undefined : OTHER_NAME) };
  },
  helps: ({ pod }, event) => changedNode(event)?.metadata.name === pod.spec.nodeName,
};
