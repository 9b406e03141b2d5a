/** secret volumes. Upstream: pkg/volume/secret. */
import type { SecretProjection } from "../api/generated/types.ts";
import { decodeBase64 } from "../base/base64.ts";
import { payload } from "./payload.ts";
import { filesVolume, VolumeError } from "./volume-plugin.ts";
import type { VolumeFiles, VolumeHost } from "./volume-plugin.ts";

export const secretVolume = filesVolume("secret", ({ secretName, ...source }, host) =>
  secretFiles({ ...source, name: secretName }, host),
);

export function secretFiles(
  source: SecretProjection & { defaultMode?: number | undefined },
  host: VolumeHost,
): VolumeFiles {
  const { name = "", optional, items, defaultMode } = source;
  const found = host.config.secret(host.pod.metadata.namespace, name);
  if (found === undefined && optional !== true) throw new VolumeError(`secret ${JSON.stringify(name)} not found`);
  const data: Record<string, string> = {};
  for (const [key, value] of Object.entries(found?.data ?? {})) data[key] = decodeBase64(value);
  return payload(data, { items, mode: defaultMode, optional, noun: "secret" });
}
