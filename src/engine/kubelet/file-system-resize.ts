/**
 * The node's part of an expansion: the file system of a volume that has grown. Upstream: NodeExpandVolume of
 * operation_generator.go, pkg/volume/util/resize_util.go.
 */
import { persistentVolumeClaims } from "../api/core/persistent-volume-claim/index.ts";
import type { PersistentVolumeClaim, Pod, Volume } from "../api/generated/types.ts";
import { quantityValue } from "../api/meta/quantity.ts";
import { StatusError } from "../api/meta/status-error.ts";
import { csiVolumeName } from "../api/storage/volume-names.ts";
import type { KubeletContext } from "./kubelet-context.ts";

const RESIZE_CONDITIONS: ReadonlySet<string> = new Set(["Resizing", "FileSystemResizePending"]);

/** Does what is pending for a volume of a pod that is mounted here. */
export function finishResize(ctx: KubeletContext, pod: Pod, volume: Volume): void {
  const { namespace, name: podName } = pod.metadata;
  const { persistentVolumeClaim, ephemeral, name } = volume;
  const claimName = ephemeral === undefined ? persistentVolumeClaim?.claimName : `${podName}-${name}`;
  if (claimName === undefined) return;
  const claim = ctx.config.claim(namespace, claimName);
  if (claim?.status?.allocatedResourceStatuses?.["storage"] !== "NodeResizePending") return;
  const disk = ctx.config.volume(claim.spec.volumeName ?? "");
  if (disk?.spec.capacity === undefined) return;
  const message = `MountVolume.NodeExpandVolume succeeded for volume ${JSON.stringify(disk.metadata.name)} ${ctx.node.name}`;
  for (const about of [pod, claim])
    ctx.events.event(about, "Normal", { reason: "FileSystemResizeSuccessful", message });
  const { csi, capacity } = disk.spec;
  if (csi !== undefined) {
    const fs = ctx.remoteFileSystem(csiVolumeName(csi.driver, csi.volumeHandle));
    // Folders on a disk of the driver's have no size of their own.
    if (fs.space() !== undefined) fs.resize(quantityValue(capacity["storage"] ?? "0"));
  }
  try {
    ctx.client.resource(persistentVolumeClaims).updateStatus(resized(claim, capacity));
  } catch (error) {
    // It is seen again at the next sync.
    if (!(error instanceof StatusError)) throw error;
  }
}

function resized(claim: PersistentVolumeClaim, capacity: Readonly<Record<string, string>>): PersistentVolumeClaim {
  const { allocatedResourceStatuses: _, conditions = [], ...status } = claim.status ?? {};
  const kept = conditions.filter(({ type }) => !RESIZE_CONDITIONS.has(type));
  return {
    ...claim,
    status: { ...status, capacity: { ...status.capacity, ...capacity }, ...(kept.length > 0 && { conditions: kept }) },
  };
}
