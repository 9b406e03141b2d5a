/** What a node's status says of attached volumes: its kubelet mounts nothing else. Upstream: attachdetach/statusupdater. */
import type { PersistentVolume } from "../../api/generated/types.ts";
import { isNotFound } from "../../api/meta/status-error.ts";
import { nodes } from "../../api/registry.ts";
import { csiVolumeName } from "../../api/storage/volume-names.ts";
import type { ControllerContext } from "../define-controller.ts";

export function volumeNameOf({ spec }: PersistentVolume): string {
  return csiVolumeName(spec.csi?.driver ?? "", spec.csi?.volumeHandle ?? "");
}

/** True when that was news. */
export function publishAttached(
  ctx: ControllerContext,
  nodeName: string,
  { volume, attached }: { volume: PersistentVolume; attached: boolean },
): boolean {
  const name = volumeNameOf(volume);
  const client = ctx.client.resource(nodes);
  try {
    const present = client.get("", nodeName).status.volumesAttached ?? [];
    if (present.some((entry) => entry.name === name) === attached) return false;
    const others = present.filter((entry) => entry.name !== name);
    const volumesAttached = attached ? [...others, { name, devicePath: "" }] : others;
    client.patch("", nodeName, { status: { volumesAttached } }, { subresource: "status" });
    return true;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return false;
  }
}
