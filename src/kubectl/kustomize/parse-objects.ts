/** Objects of YAML as kustomize reads it: unlike kubectl's reader, `y`, `yes` and `on` are texts. Upstream: kustomize kyaml/kio. */
import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { isObject } from "../../engine/base/json.ts";
import { yamlProblem } from "../../engine/base/yaml-problem.ts";
import { CommandError } from "../errors.ts";
import { asObject } from "../as-object.ts";

export const YAML_OPTIONS = { version: "1.2", merge: true, uniqueKeys: false } as const;

/** Lists are opened up; `path` is for messages. */
export function parseObjects(text: string, path: string): KubeObject[] {
  const documents = parseAllDocuments(text, YAML_OPTIONS);
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    if (document.errors.length > 0) {
      throw new CommandError(`MalformedYAMLError: yaml: ${yamlProblem(document.errors, text)} in File: ${path}`);
    }
    const value = document.toJS() as unknown;
    if (value === null || value === undefined) return [];
    if (!isObject(value)) throw new CommandError(`accumulating resources from '${path}': expected an object`);
    if (typeof value["kind"] !== "string" || value["kind"] === "") {
      throw new CommandError(`accumulating resources from '${path}': missing Resource metadata: kind`);
    }
    if (value["kind"].endsWith("List") && Array.isArray(value["items"]))
      return value["items"].filter(isObject).map(asObject);
    return [asObject(value)];
  });
}
