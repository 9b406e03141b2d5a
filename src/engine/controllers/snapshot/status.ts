/** A snapshot's status, which follows its content's. Upstream: external-snapshotter pkg/common-controller (updateSnapshotStatus). */
import { keyOf } from "../../api/meta/object.ts";
import { quantityFromNumber } from "../../api/meta/quantity.ts";
import { deepEqual } from "../../base/json.ts";
import { formatTime } from "../../base/time.ts";
import type { ControllerContext } from "../define-controller.ts";
import { isReady } from "./kinds.ts";
import type { SnapshotKinds, VolumeSnapshot, VolumeSnapshotContent } from "./kinds.ts";

type Status = NonNullable<VolumeSnapshot["status"]>;

/** What a snapshot's status is by its content; what was known before stays. */
export function statusBy(content: VolumeSnapshotContent, before: Status | undefined): Status {
  const { creationTime, readyToUse = false, restoreSize, error } = content.status ?? {};
  const { error: failure, ...kept } = before ?? {};
  const isMended = readyToUse && before?.readyToUse !== true;
  const told = error ?? (isMended ? undefined : failure);
  return {
    boundVolumeSnapshotContentName: content.metadata.name,
    ...(creationTime !== undefined && { creationTime: formatTime(Math.round(creationTime / 1e6)) }),
    ...(restoreSize !== undefined && { restoreSize: quantityFromNumber(restoreSize, "BinarySI") }),
    ...kept,
    readyToUse,
    ...(told !== undefined && { error: told }),
  };
}

/** Writes it, and tells what it means: the snapshot was taken, the snapshot can be used. */
export function followContent(
  ctx: ControllerContext,
  kinds: SnapshotKinds,
  { snapshot, content }: { snapshot: VolumeSnapshot; content: VolumeSnapshotContent },
): void {
  const client = ctx.client.resource(kinds.snapshots);
  const { namespace = "", name } = snapshot.metadata;
  const old = client.get(namespace, name);
  const status = statusBy(content, old.status);
  if (deepEqual(status, old.status)) return;
  const now = client.updateStatus({ ...old, status });
  const tell = (reason: string, what: string): void =>
    ctx.events.event(now, "Normal", { reason, message: `Snapshot ${keyOf(now)} ${what}` });
  if (old.status?.creationTime === undefined && now.status?.creationTime !== undefined) {
    tell("SnapshotCreated", "was successfully created by the CSI driver.");
  }
  if (!isReady(old) && isReady(now)) tell("SnapshotReady", "is ready to use.");
}

/** Puts an error into the status and tells it, once. */
export function failSnapshot(
  ctx: ControllerContext,
  kinds: SnapshotKinds,
  about: { snapshot: VolumeSnapshot; reason: string; message: string },
): void {
  const { snapshot, reason, message } = about;
  if (snapshot.status?.error?.message === message) return;
  const { namespace = "", name } = snapshot.metadata;
  const client = ctx.client.resource(kinds.snapshots);
  const fresh = client.get(namespace, name);
  const error = { message, time: formatTime(ctx.sim.now) };
  const now = client.updateStatus({ ...fresh, status: { ...fresh.status, readyToUse: false, error } });
  ctx.events.event(now, "Warning", { reason, message });
}
