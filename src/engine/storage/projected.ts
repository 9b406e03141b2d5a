/** projected volumes: several sources in one directory. Upstream: pkg/volume/projected. */
import type { VolumeProjection } from "../api/generated/types.ts";
import { accountToken } from "./account-token.ts";
import { configMapFiles } from "./config-map.ts";
import { downwardApiFiles } from "./downward-api.ts";
import { DEFAULT_MODE } from "./payload.ts";
import { secretFiles } from "./secret.ts";
import { filesVolume, VolumeError } from "./volume-plugin.ts";
import type { VolumeFiles, VolumeHost } from "./volume-plugin.ts";

export const projectedVolume = filesVolume("projected", ({ sources = [], defaultMode = DEFAULT_MODE }, host) => {
  const files: VolumeFiles = {};
  for (const source of sources) Object.assign(files, filesOf(source, { host, defaultMode }));
  return files;
});

export function filesOf(
  source: VolumeProjection,
  { host, defaultMode }: { host: VolumeHost; defaultMode: number },
): VolumeFiles {
  if (source.configMap !== undefined) return configMapFiles({ ...source.configMap, defaultMode }, host);
  if (source.secret !== undefined) return secretFiles({ ...source.secret, defaultMode }, host);
  if (source.downwardAPI !== undefined) return downwardApiFiles({ ...source.downwardAPI, defaultMode }, host);
  if (source.serviceAccountToken !== undefined) {
    const { path } = source.serviceAccountToken;
    return { [path]: { text: accountToken(source.serviceAccountToken, host), mode: defaultMode } };
  }
  const kind = Object.keys(source)[0] ?? "unknown";
  throw new VolumeError(`projected volume source ${kind} is not available on this node`);
}
