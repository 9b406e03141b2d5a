/** The snapshot-controller's part in a VolumeSnapshotContent. Upstream: pkg/common-controller (syncContent). */
import type { ControllerContext } from "../define-controller.ts";
import { BEING_DELETED, CONTENT_BOUND } from "./kinds.ts";
import type { SnapshotKinds, VolumeSnapshotContent } from "./kinds.ts";

/** True: it has to be tried again. */
export function settleContent(ctx: ControllerContext, kinds: SnapshotKinds, name: string): boolean {
  const content = ctx.lister(kinds.contents).get(name);
  if (content === undefined) return false;
  const { source, volumeSnapshotRef } = content.spec;
  if ((source.volumeHandle === undefined) === (source.snapshotHandle === undefined)) {
    const message = "Exactly one of VolumeHandle and SnapshotHandle should be specified";
    ctx.events.event(content, "Warning", { reason: "ContentValidationError", message });
    return true;
  }
  // Reserved for a snapshot that isn't bound to it yet: that one's part.
  if (volumeSnapshotRef.uid === undefined || volumeSnapshotRef.uid === "") return false;
  const { metadata } = content;
  if (metadata.deletionTimestamp === undefined && metadata.finalizers?.includes(CONTENT_BOUND) !== true) {
    const finalizers = [...(metadata.finalizers ?? []), CONTENT_BOUND];
    ctx.client.resource(kinds.contents).update({ ...content, metadata: { ...metadata, finalizers } });
    return false;
  }
  const snapshot = ctx.lister(kinds.snapshots).get(`${volumeSnapshotRef.namespace}/${volumeSnapshotRef.name}`);
  // One whose snapshot is missing is left alone: who copied it to another cluster loses nothing.
  if (snapshot?.metadata.uid !== volumeSnapshotRef.uid) return false;
  if (snapshot.metadata.deletionTimestamp !== undefined) markDeleted(ctx, kinds, content);
  return false;
}

/** Its driver's sidecar may take it away now. */
export function markDeleted(ctx: ControllerContext, kinds: SnapshotKinds, content: VolumeSnapshotContent): void {
  if (content.metadata.annotations?.[BEING_DELETED] !== undefined) return;
  const annotations = { [BEING_DELETED]: "yes" };
  ctx.client
    .resource(kinds.contents)
    .patch("", content.metadata.name, { metadata: { annotations } }, { type: "merge" });
}
