import { runPluginCase, type PluginCase } from "../scheduler-plugins.ts";
import { defineTopic } from "../topic.ts";

export const schedPodTopologySpread = defineTopic<PluginCase>({
  topic: "sched_podtopologyspread",
  run: (item) => runPluginCase(item),
});
