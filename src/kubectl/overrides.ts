/** `--overrides`: JSON merged into an object that a command built. Upstream: kubectl pkg/cmd/util/override_options.go. */
import type { KubeObject } from "../engine/api/meta/object.ts";
import { isObject } from "../engine/base/json.ts";
import { CommandError } from "./errors.ts";

export function mergeOverrides(object: KubeObject, text: string, type: string): KubeObject {
  if (type !== "merge") throw new CommandError(`--override-type=${type} is not supported by this kubectl`);
  let patch: unknown;
  try {
    patch = JSON.parse(text);
  } catch {
    throw new CommandError("invalid JSON in --overrides");
  }
  return jsonMerge(object, patch) as KubeObject;
}

/** RFC 7386. */
export function jsonMerge(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = jsonMerge(result[key], value);
  }
  return result;
}
