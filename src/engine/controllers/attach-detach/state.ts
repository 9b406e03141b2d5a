/** Which pods use which volumes where, and what is attached. Upstream: attachdetach/cache. */
import { isPodTerminal } from "../../api/core/pod/conditions.ts";
import { claimKeyOf } from "../../api/core/volume-matching.ts";
import type { CSIPersistentVolumeSource, PersistentVolume, Pod, VolumeAttachment } from "../../api/generated/types.ts";
import { persistentVolumeClaims } from "../../api/registry.ts";
import { volumeAttachments } from "../../api/storage/volume-attachment.ts";
import { sha256 } from "../../base/digests.ts";
import type { ControllerContext } from "../define-controller.ts";
import { podsOfClaim } from "../pods-by-claim.ts";

export type Attachment = VolumeAttachment;

/** Attachments by their volume, and by their node. */
export const VOLUME = "volume";
export const NODE = "node";

/** By node: the pods there that use the volume. A pod that is over uses nothing. */
export function usersByNode(ctx: ControllerContext, { metadata, spec }: PersistentVolume): Map<string, Pod[]> {
  const users = new Map<string, Pod[]>();
  if (spec.claimRef === undefined) return users;
  const key = claimKeyOf(spec.claimRef);
  if (ctx.lister(persistentVolumeClaims).get(key)?.spec.volumeName !== metadata.name) return users;
  for (const pod of podsOfClaim(ctx, key)) {
    const node = pod.spec.nodeName ?? "";
    if (node === "" || isPodTerminal(pod)) continue;
    const there = users.get(node);
    if (there === undefined) users.set(node, [pod]);
    else there.push(pod);
  }
  return users;
}

export function attachmentsOf(ctx: ControllerContext, volume: string): readonly Attachment[] {
  return ctx.lister(volumeAttachments).byIndex(VOLUME, volume);
}

/** Upstream: getAttachmentName. */
export function attachmentName({ volumeHandle, driver }: CSIPersistentVolumeSource, node: string): string {
  const bytes = [...`${volumeHandle}${driver}${node}`].map((character) => character.charCodeAt(0) & 255);
  return `csi-${sha256(bytes)}`;
}
