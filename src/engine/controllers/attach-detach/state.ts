/** Which pods use which volumes where, and what is attached. Upstream: attachdetach/cache. */
import { isPodTerminal } from "../../api/core/pod/conditions.ts";
import { claimKeyOf } from "../../api/core/volume-matching.ts";
import type { CSIPersistentVolumeSource, PersistentVolume, Pod, VolumeAttachment } from "../../api/generated/types.ts";
import { persistentVolumeClaims, pods } from "../../api/registry.ts";
import { volumeAttachments } from "../../api/storage/volume-attachment.ts";
import { sha256 } from "../../base/digests.ts";
import type { ControllerContext } from "../define-controller.ts";

export type Attachment = VolumeAttachment;

/** Pods by the `namespace/name` of each of their claims. */
export const USERS = "attach-users";
/** Attachments by their volume, and by their node. */
export const VOLUME = "volume";
export const NODE = "node";

export function claimKeys({ metadata, spec }: Pod): string[] {
  const keys: string[] = [];
  for (const { name, persistentVolumeClaim, ephemeral } of spec.volumes ?? []) {
    if (persistentVolumeClaim !== undefined) keys.push(`${metadata.namespace}/${persistentVolumeClaim.claimName}`);
    else if (ephemeral !== undefined) keys.push(`${metadata.namespace}/${metadata.name}-${name}`);
  }
  return keys;
}

/** By node: the pods there that use the volume. A pod that is over uses nothing. */
export function usersByNode(ctx: ControllerContext, { metadata, spec }: PersistentVolume): Map<string, Pod[]> {
  const users = new Map<string, Pod[]>();
  if (spec.claimRef === undefined) return users;
  const key = claimKeyOf(spec.claimRef);
  if (ctx.lister(persistentVolumeClaims).get(key)?.spec.volumeName !== metadata.name) return users;
  for (const pod of ctx.lister(pods).byIndex(USERS, key)) {
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
