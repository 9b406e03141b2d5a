import { runPluginCase, type PluginCase } from "../scheduler-plugins.ts";
import { defineTopic } from "../topic.ts";

export const schedTaintToleration = defineTopic<PluginCase>({
  topic: "sched_tainttoleration",
  run: (item) => runPluginCase(item),
});
