/**
 * Volumes of csi drivers, as a node uses them. Upstream: pkg/volume/csi.
 * **Simplified:** what a driver's volume holds is a file system that all nodes see: whether a second node may use it is
 * decided when it is attached; a file system takes nothing of its disk for itself.
 */
import type { CSIPersistentVolumeSource, CSIVolumeSource } from "../api/generated/types.ts";
import { csiVolumeName } from "../api/storage/volume-names.ts";
import type { MountDevice } from "../base/program.ts";
import { NotAttachedError, placedVolume, VolumeError } from "./volume-plugin.ts";
import type { RemoteFileSystem, VolumeHost, VolumePlace } from "./volume-plugin.ts";

/** A driver whose node part runs on a node. */
export interface NodeDriver {
  name: string;
  /** The node as the storage system knows it. */
  nodeID: string;
  /** Labels of the node that say where its volumes are. */
  topologyKeys: readonly string[];
  /** Those labels, where the driver brings them. */
  topology?: Readonly<Record<string, string>>;
  /** How many volumes can be attached to the node; absent: any number. */
  limit?: number;
  /** False: a volume is used without being attached first. */
  attachRequired: boolean;
  /** Each volume is a disk with a file system of its own; else it is a folder on one that the driver has. */
  disks?: true;
}

/** A volume that only a pod knows of: drivers have to be made for that. */
export const csiVolume = placedVolume("csi", ({ driver }: CSIVolumeSource, host): VolumePlace => {
  const missing = missingDriver(driver, host);
  if (missing !== undefined)
    throw new VolumeError(`kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: ${missing}`);
  throw new VolumeError(
    `kubernetes.io/csi: mounter.SetUpAt failed to check volume lifecycle mode: volume mode "Ephemeral" not supported by driver ${driver} (only supports ["Persistent"])`,
  );
});

/** Where a persistent volume of a driver is, once it is attached. */
export function csiPlace(
  csi: CSIPersistentVolumeSource,
  host: VolumeHost,
  { block, capacity }: { block: boolean; capacity: number },
): VolumePlace {
  const { driver, volumeHandle, readOnly = false } = csi;
  const name = csiVolumeName(driver, volumeHandle);
  const { attachRequired = true, disks } = host.drivers.find((known) => known.name === driver) ?? {};
  if (attachRequired && !host.isAttached(name)) throw new NotAttachedError(`volume ${name} is not attached`);
  const missing = missingDriver(driver, host);
  if (missing !== undefined) {
    const why = `kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: ${missing}`;
    throw new VolumeError(why).during("MountVolume.MountDevice");
  }
  const fs = host.remoteFileSystem(name);
  if (block && !fs.exists(DEVICE)) fs.special(DEVICE, "block");
  const place: VolumePlace = { fs, root: block ? DEVICE : "", ...(readOnly && { readOnly: true }) };
  return disks === true && !block
    ? { ...place, device: formatted(fs, { source: host.diskName(name), capacity }) }
    : place;
}

/** A disk with a file system, which is made with the first mount. Upstream: k8s.io/mount-utils, FormatAndMount. */
function formatted(fs: RemoteFileSystem, { source, capacity }: { source: string; capacity: number }): MountDevice {
  if (fs.space("/") === undefined) fs.resize(capacity);
  return { source, type: "ext4", space: () => fs.space("/") ?? { capacity, used: 0 } };
}

/** Where a volume that is no file system keeps what is written to it. */
const DEVICE = "/device";

function missingDriver(name: string, { drivers }: VolumeHost): string | undefined {
  if (drivers.some((driver) => driver.name === name)) return undefined;
  return `driver name ${name} not found in the list of registered CSI drivers`;
}
