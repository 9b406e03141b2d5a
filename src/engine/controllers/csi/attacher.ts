/**
 * external-attacher: has a driver attach and detach what VolumeAttachments say. Models kubernetes-csi/external-attacher.
 */
import type { PersistentVolume, VolumeAttachment } from "../../api/generated/types.ts";
import { isConflict, isNotFound } from "../../api/meta/status-error.ts";
import { loopbackUser } from "../../api/meta/user-info.ts";
import type { UserInfo } from "../../api/meta/user-info.ts";
import { persistentVolumes } from "../../api/registry.ts";
import { volumeAttachments } from "../../api/storage/volume-attachment.ts";
import { formatTime } from "../../base/time.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";
import { DriverError, handleOf } from "./driver.ts";
import type { StorageDriver } from "./driver.ts";

const RETRY_MS = 5000;

export function csiAttacher(
  driver: StorageDriver,
  account: UserInfo = loopbackUser,
): ControllerDefinition<VolumeAttachment> {
  const finalizer = `external-attacher/${driver.name.replaceAll(".", "-")}`;
  const begun = new Set<string>();
  return defineController<VolumeAttachment>({
    name: `external-attacher ${driver.name}`,
    account,
    for: volumeAttachments,
    keys: ({ metadata, spec }) => (spec.attacher === driver.name ? [metadata.name] : []),
    setup: (informers) => void informers.informer(persistentVolumes),
    reconcile: (ctx, name) => reconcile(ctx, driver, { name, finalizer, begun }),
  });
}

function reconcile(
  ctx: ControllerContext,
  driver: StorageDriver,
  { name, finalizer, begun }: { name: string; finalizer: string; begun: Set<string> },
): ReconcileResult {
  const attachment = ctx.lister(volumeAttachments).get(name);
  if (attachment === undefined) return {};
  const { metadata, spec, status } = attachment;
  const held = metadata.finalizers?.includes(finalizer) === true;
  const ends = metadata.deletionTimestamp !== undefined;
  if (ends ? !held : status?.attached === true) return {};
  const volume = ctx.lister(persistentVolumes).get(spec.source.persistentVolumeName ?? "");
  const client = ctx.client.resource<VolumeAttachment>(volumeAttachments);
  const setFinalizers = (finalizers: readonly string[]): void =>
    void client.patch("", name, { metadata: { finalizers } }, { type: "merge" });
  try {
    if (!ends && !held) {
      setFinalizers([...(metadata.finalizers ?? []), finalizer]);
      return {};
    }
    // The call takes its time; its answer is for what is wanted then.
    const call = `${name}/${ends}`;
    if (!begun.has(call)) {
      begun.add(call);
      return { requeueAfter: driver.callMs };
    }
    begun.delete(call);
    if (!ends) {
      const now = attached(ctx, driver, { volume, node: spec.nodeName });
      const patch = { status: { attachError: null, ...now } };
      const written = client.patch("", name, patch, { type: "merge", subresource: "status" });
      return written.status?.attached === true ? {} : { requeueAfter: RETRY_MS, background: true };
    }
    if (volume !== undefined) driver.detach(handleOf(volume), spec.nodeName);
    setFinalizers(metadata.finalizers?.filter((kept) => kept !== finalizer) ?? []);
  } catch (error) {
    if (isNotFound(error)) return {};
    if (isConflict(error)) return { requeueAfter: 10 };
    throw error;
  }
  return {};
}

function attached(
  ctx: ControllerContext,
  driver: StorageDriver,
  { volume, node }: { volume: PersistentVolume | undefined; node: string },
): VolumeAttachment["status"] {
  try {
    if (volume === undefined) throw new DriverError("NotFound", "could not find the volume");
    driver.attach(handleOf(volume), node);
    return { attached: true };
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    return { attached: false, attachError: { time: formatTime(ctx.sim.now), message: error.message } };
  }
}
