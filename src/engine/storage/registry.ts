/** Every kind of volume that a node can set up: one line a kind. Upstream: cmd/kubelet/app/plugins.go. */
import type { Volume } from "../api/generated/types.ts";
import { apiAccessVolume } from "./api-access.ts";
import { configMapVolume } from "./config-map.ts";
import { csiVolume } from "./csi.ts";
import { downwardApiVolume } from "./downward-api.ts";
import { emptyDirVolume } from "./empty-dir.ts";
import { ephemeralVolume } from "./ephemeral.ts";
import { hostPathVolume } from "./host-path.ts";
import { nfsVolume } from "./nfs.ts";
import { persistentVolumeClaimVolume } from "./persistent-volume-claim.ts";
import { projectedVolume } from "./projected.ts";
import { secretVolume } from "./secret.ts";
import { VolumeError } from "./volume-plugin.ts";
import type { VolumePlugin } from "./volume-plugin.ts";

export const volumePlugins: readonly VolumePlugin[] = [
  apiAccessVolume,
  configMapVolume,
  csiVolume,
  downwardApiVolume,
  emptyDirVolume,
  ephemeralVolume,
  hostPathVolume,
  nfsVolume,
  persistentVolumeClaimVolume,
  projectedVolume,
  secretVolume,
];

/** Throws a `VolumeError` for a kind that no plugin is for. */
export function pluginFor(volume: Volume): VolumePlugin {
  const plugin = volumePlugins.find(
    ({ kind, accepts }) => volume[kind] !== undefined && (accepts === undefined || accepts(volume)),
  );
  if (plugin !== undefined) return plugin;
  const kind = Object.keys(volume).find((key) => key !== "name") ?? "unknown";
  throw new VolumeError(`volume plugin for ${kind} is not available on this node`);
}
