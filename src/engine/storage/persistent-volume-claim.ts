/**
 * Volumes that are claims: whatever the claim is bound to. Upstream: desired_state_of_world_populator.go, pkg/volume/local,
 * pkg/volume/csi.
 */
import type { PersistentVolume } from "../api/generated/types.ts";
import { selectorMatcher } from "../api/core/node-selectors.ts";
import { quantityValue } from "../api/meta/quantity.ts";
import { csiPlace } from "./csi.ts";
import { hostPathVolume } from "./host-path.ts";
import { nfsExport } from "./nfs.ts";
import { UnknownVolumeError, VolumeError } from "./volume-plugin.ts";
import type { VolumeHost, VolumePlace, VolumePlugin } from "./volume-plugin.ts";

export const persistentVolumeClaimVolume: VolumePlugin = {
  kind: "persistentVolumeClaim",
  place({ name, persistentVolumeClaim }, host) {
    const { claimName = "", readOnly = false } = persistentVolumeClaim ?? {};
    const place = claimVolume(claimName, host, name);
    return readOnly ? { ...place, readOnly: true } : place;
  },
};

/** Where the volume of a claim is, which the pod calls `name`. */
export function claimVolume(claimName: string, host: VolumeHost, name: string): VolumePlace {
  const volume = boundVolume(claimName, host);
  checkMode(volume, host, name);
  try {
    const place = placeOf(volume, host);
    checkAffinity(volume, host);
    return place;
  } catch (error) {
    if (error instanceof VolumeError) error.volume = volume.metadata.name;
    throw error;
  }
}

function boundVolume(name: string, { pod, config }: VolumeHost): PersistentVolume {
  const namespace = pod.metadata.namespace ?? "";
  const failed = (why: string): UnknownVolumeError =>
    new UnknownVolumeError(`error processing PVC ${namespace}/${name}: ${why}`);
  const claim = config.claim(namespace, name);
  if (claim === undefined) {
    throw failed(`failed to fetch PVC from API server: persistentvolumeclaim ${JSON.stringify(name)} not found`);
  }
  if (claim.status?.phase !== "Bound" || !claim.spec.volumeName) throw failed("PVC is not bound");
  const volume = config.volume(claim.spec.volumeName);
  if (volume === undefined) {
    const text = `persistentvolumes ${JSON.stringify(claim.spec.volumeName)} not found`;
    throw failed(`failed to get PV ${claim.spec.volumeName} from PVC ${namespace}/${name}: ${text}`);
  }
  return volume;
}

/** Upstream: desired_state_of_world_populator.go, createVolumeSpec. */
function checkMode({ spec }: PersistentVolume, { pod }: VolumeHost, name: string): void {
  const { volumeMode = "Filesystem" } = spec;
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const wrong = volumeMode === "Block" ? "volumeMounts" : "volumeDevices";
  if (!containers.some((container) => container[wrong]?.some((mount) => mount.name === name) === true)) return;
  throw new UnknownVolumeError(`volume ${name} has volumeMode ${volumeMode}, but is specified in ${wrong}`);
}

/** Upstream: operation_generator.go, checkNodeAffinity. */
function checkAffinity({ spec }: PersistentVolume, { nodeLabels, nodeName }: VolumeHost): void {
  const required = spec.nodeAffinity?.required;
  if (required === undefined || selectorMatcher(required)({ name: nodeName, labels: nodeLabels })) return;
  throw new VolumeError("no matching NodeSelectorTerms").during("MountVolume.NodeAffinity check");
}

function placeOf({ metadata, spec }: PersistentVolume, host: VolumeHost): VolumePlace {
  const { hostPath, local, nfs, csi } = spec;
  if (hostPath !== undefined && hostPathVolume.place !== undefined) {
    return hostPathVolume.place({ name: metadata.name, hostPath }, host);
  }
  if (local !== undefined) {
    if (!host.disk.exists(local.path)) {
      const error = new VolumeError(`path ${JSON.stringify(local.path)} does not exist`);
      throw error.during("MountVolume.NewMounter initialization");
    }
    return { fs: host.disk, root: local.path };
  }
  if (nfs !== undefined) return nfsExport(host, nfs.server, nfs.path);
  if (csi !== undefined) {
    const capacity = quantityValue(spec.capacity?.["storage"] ?? "0");
    return csiPlace(csi, host, { block: spec.volumeMode === "Block", capacity });
  }
  const [kind = "unknown"] = Object.keys(spec).filter((key) => !GENERAL.has(key));
  throw new VolumeError(`volume plugin for ${kind} is not available on this node`);
}

/** Fields of a volume's spec that name no source. */
const GENERAL: ReadonlySet<string> = new Set([
  "accessModes",
  "capacity",
  "claimRef",
  "mountOptions",
  "nodeAffinity",
  "persistentVolumeReclaimPolicy",
  "storageClassName",
  "volumeAttributesClassName",
  "volumeMode",
]);
