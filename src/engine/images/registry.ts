/** Everything that can be pulled: one line an image. */
import type { ImageDefinition, ImageSource, Userland } from "../runtime/containers/image.ts";
import type { ProgramSource } from "../runtime/machine.ts";
import { nginx } from "./nginx.ts";
import { pause } from "./pause.ts";
import { userlandFiles } from "./userland-files.ts";

export const images: readonly ImageDefinition[] = [nginx, pause];

/** What the container runtimes of a cluster pull from: `definitions`, the first of a name wins. */
export function imageSource(
  definitions: readonly ImageDefinition[] = images,
  tools: (userland: Userland) => ProgramSource | undefined = () => undefined,
): ImageSource {
  const byName = new Map<string, ImageDefinition>();
  for (const definition of definitions) if (!byName.has(definition.name)) byName.set(definition.name, definition);
  return { find: (repository) => byName.get(repository), tools, files: userlandFiles };
}
