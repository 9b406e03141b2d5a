/** Where the node has a pod's volumes. Upstream: pkg/kubelet/kubelet_getters.go (GetPodVolumeDir), pkg/volume/util/subpath. */
import type { Pod, Volume } from "../api/generated/types.ts";
import type { VolumePlace } from "../storage/volume-plugin.ts";

const PODS = "/var/lib/kubelet/pods";

/** By kind of volume: the plugin's name where it isn't the kind's. */
const PLUGINS: Readonly<Record<string, string>> = {
  configMap: "configmap",
  downwardAPI: "downward-api",
  emptyDir: "empty-dir",
  persistentVolumeClaim: "csi",
  ephemeral: "csi",
};

/** A volume's directory; that of a hostPath is the path. */
export function volumePath({ metadata, spec }: Pod, name: string, { root }: Pick<VolumePlace, "root">): string {
  if (root !== "") return root;
  const volume = spec.volumes?.find((each) => each.name === name) ?? { name };
  if (volume.hostPath !== undefined) return volume.hostPath.path;
  const kind = kindOf(volume);
  const plugin = PLUGINS[kind] ?? kind;
  return `${PODS}/${metadata.uid}/volumes/kubernetes.io~${plugin}/${name}${plugin === "csi" ? "/mount" : ""}`;
}

/** Where one part of a volume is bound for the container's mount of that number. */
export function subPathPath({ metadata }: Pod, name: string, mount: { container: string; index: number }): string {
  return `${PODS}/${metadata.uid}/volume-subpaths/${name}/${mount.container}/${mount.index}`;
}

function kindOf(volume: Volume): string {
  return Object.keys(volume).find((key) => key !== "name") ?? "unknown";
}
