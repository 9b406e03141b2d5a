/** configMap volumes. Upstream: pkg/volume/configmap. */
import type { ConfigMapProjection } from "../api/generated/types.ts";
import { decodeBase64 } from "../base/base64.ts";
import { payload } from "./payload.ts";
import { filesVolume, VolumeError } from "./volume-plugin.ts";
import type { VolumeFiles, VolumeHost } from "./volume-plugin.ts";

export const configMapVolume = filesVolume("configMap", configMapFiles);

export function configMapFiles(
  source: ConfigMapProjection & { defaultMode?: number | undefined },
  host: VolumeHost,
): VolumeFiles {
  const { name = "", optional, items, defaultMode } = source;
  const found = host.config.configMap(host.pod.metadata.namespace, name);
  if (found === undefined && optional !== true) throw new VolumeError(`configmap ${JSON.stringify(name)} not found`);
  const data: Record<string, string> = { ...found?.data };
  for (const [key, value] of Object.entries(found?.binaryData ?? {})) data[key] = decodeBase64(value);
  return payload(data, { items, mode: defaultMode, optional, noun: "config" });
}
