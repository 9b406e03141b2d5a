/**
 * The node's part of an expansion: the file system of a volume that has grown. Upstream: NodeExpandVolume of
 * operation_generator.go, pkg/volume/util/resize_util.go.
 */
import { persistentVolumeClaims } from "../api/core/persistent-volume-claim/index.ts";
import type { PersistentVolumeClaim, Pod, Volume } from "../api/generated/types.ts";
import { StatusError } from "../api/meta/status-error.ts";
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
  try {
    ctx.client.resource(persistentVolumeClaims).updateStatus(resized(claim, disk.spec.capacity));
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
