/** downwardAPI volumes: facts of the pod itself as files. Upstream: pkg/volume/downwardapi. */
import { fieldValue, resourceValue } from "../api/core/pod/field-reference.ts";
import type { DownwardAPIVolumeFile } from "../api/generated/types.ts";
import { DEFAULT_MODE } from "./payload.ts";
import { filesVolume, VolumeError } from "./volume-plugin.ts";
import type { VolumeFiles, VolumeHost } from "./volume-plugin.ts";

export const downwardApiVolume = filesVolume("downwardAPI", downwardApiFiles);

export function downwardApiFiles(
  source: { items?: readonly DownwardAPIVolumeFile[] | undefined; defaultMode?: number | undefined },
  host: VolumeHost,
): VolumeFiles {
  const files: VolumeFiles = {};
  for (const item of source.items ?? []) {
    files[item.path] = { text: valueOf(item, host), mode: item.mode ?? source.defaultMode ?? DEFAULT_MODE };
  }
  return files;
}

function valueOf({ path, fieldRef, resourceFieldRef }: DownwardAPIVolumeFile, { pod, facts }: VolumeHost): string {
  if (fieldRef !== undefined) {
    const value = fieldValue(pod, fieldRef, facts);
    if (value === undefined) throw new VolumeError(`unsupported fieldPath: ${fieldRef.fieldPath}`);
    return value;
  }
  if (resourceFieldRef === undefined) throw new VolumeError(`no source for the downward API file ${path}`);
  const { containerName = "", resource } = resourceFieldRef;
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const container = all.find(({ name }) => name === containerName);
  if (container === undefined) throw new VolumeError(`container ${containerName} not found`);
  const value = resourceValue(pod, container, { selector: resourceFieldRef, facts });
  if (value === undefined) throw new VolumeError(`unsupported container resource : ${resource}`);
  return value;
}
