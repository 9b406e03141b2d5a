import { runPluginCase, type PluginCase } from "../scheduler-plugins.ts";
import { defineTopic } from "../topic.ts";

const HOPELESS = "more than the node has in all is unresolvable by now: removing pods would not help";
const SKIPPED = "a pod that requests nothing is not scored by this plugin by now";

const DOES_NOT_APPLY: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [15, 16, 19, 21, 22, 24, 25, 27, 28].map((at) => [`noderesources/TestEnoughRequests#${at}`, HOPELESS]),
  ),
  "noderesources/TestStorageRequests#1": HOPELESS,
  ...Object.fromEntries(
    [2, 4, 8, 10].map((at) => [`noderesources/TestNodeResourcesBalancedAllocation#${at}`, SKIPPED]),
  ),
};

export const schedNodeResources = defineTopic<PluginCase>({
  topic: "sched_noderesources",
  doesNotApply: DOES_NOT_APPLY,
  run: (item) => runPluginCase(item),
});
