import { runPluginCase, type PluginCase } from "../scheduler-plugins.ts";
import { defineTopic } from "../topic.ts";

export const schedInterPodAffinity = defineTopic<PluginCase>({
  topic: "sched_interpodaffinity",
  run: (item) => runPluginCase(item),
});
