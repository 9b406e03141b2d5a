import { runPluginCase, type PluginCase } from "../scheduler-plugins.ts";
import { defineTopic } from "../topic.ts";

export const schedNodeAffinity = defineTopic<PluginCase>({
  topic: "sched_nodeaffinity",
  run: (item) => runPluginCase(item),
});
