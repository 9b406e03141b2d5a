/**
 * The examples that kubernetes.io's pages apply, by their path below `examples/`. Upstream: kubernetes/website
 * content/en/examples.
 *
 * **Simplified:** the most used of them, not all; the same objects in other words: without comments, with scripts of our own
 * where an example has long ones.
 */
import { stringify } from "yaml";
import { administrationExamples } from "./administration.ts";
import { jobExamples } from "./jobs.ts";
import type { Examples } from "./manifest.ts";
import { networkingExamples } from "./networking.ts";
import { podDataExamples } from "./pod-data.ts";
import { podExamples } from "./pods.ts";
import { resourceExamples } from "./resources.ts";
import { securityExamples } from "./security.ts";
import { statefulExamples } from "./stateful.ts";
import { volumeExamples } from "./volumes.ts";
import { workloadExamples } from "./workloads.ts";

export function allExamples(): Examples {
  return {
    ...podExamples(),
    ...podDataExamples(),
    ...volumeExamples(),
    ...securityExamples(),
    ...resourceExamples(),
    ...workloadExamples(),
    ...statefulExamples(),
    ...jobExamples(),
    ...networkingExamples(),
    ...administrationExamples(),
  };
}

/** The text of an example; undefined where there is none of this path. */
export function exampleText(path: string): string | undefined {
  const examples = allExamples();
  if (!Object.hasOwn(examples, path)) return undefined;
  const objects = examples[path]?.() ?? [];
  if (path.endsWith(".properties"))
    return objects
      .flatMap(Object.entries)
      .map(([key, value]) => `${key}=${value}\n`)
      .join("");
  if (path.endsWith(".json")) return `${JSON.stringify(objects[0], undefined, 4)}\n`;
  return yamlDocuments(objects);
}

/** As kubectl reads it: YAML 1.1 takes more words for something else than text. */
export function yamlDocuments(objects: readonly object[]): string {
  const how = { version: "1.1", aliasDuplicateObjects: false, lineWidth: 0, indentSeq: false } as const;
  return objects.map((each) => stringify(each, how)).join("---\n");
}
