/** Which keys of a ConfigMap or Secret become which files. Upstream: MakePayload of pkg/volume/{configmap,secret}. */
import type { KeyToPath } from "../api/generated/types.ts";
import { VolumeError } from "./volume-plugin.ts";
import type { VolumeFiles } from "./volume-plugin.ts";

export const DEFAULT_MODE = 0o644;

export interface PayloadOptions {
  /** All keys, named as they are, when absent or empty. */
  items: readonly KeyToPath[] | undefined;
  mode: number | undefined;
  /** A key that is missing is left out. */
  optional: boolean | undefined;
  /** What a key is called in the failure's message. */
  noun: "config" | "secret";
}

export function payload(data: Readonly<Record<string, string>>, options: PayloadOptions): VolumeFiles {
  const { items = [], mode = DEFAULT_MODE, optional = false, noun } = options;
  const files: VolumeFiles = {};
  if (items.length === 0) {
    for (const key in data) files[key] = { text: data[key] as string, mode };
    return files;
  }
  for (const item of items) {
    const text = data[item.key];
    if (text !== undefined) files[item.path] = { text, mode: item.mode ?? mode };
    else if (!optional) {
      const subject = noun === "config" ? "configmap " : "";
      throw new VolumeError(`${subject}references non-existent ${noun} key: ${item.key}`);
    }
  }
  return files;
}
