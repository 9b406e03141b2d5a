import { normalizedImageName } from "../../../engine/scheduler/image-name.ts";
import { runPluginCase, type PluginCase } from "../scheduler-plugins.ts";
import { defineTopic, expectEqual } from "../topic.ts";

interface ImageCase extends PluginCase {
  input: string;
  output: string;
}

export const schedImageLocality = defineTopic<ImageCase>({
  topic: "sched_imagelocality",
  run: (item) =>
    item.kind === "normalizedImageName"
      ? expectEqual(item.output, normalizedImageName(item.input))
      : runPluginCase(item),
});
