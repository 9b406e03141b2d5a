/**
 * What becomes of a volume. Upstream: syncVolume, reclaimVolume, deleteVolumeOperation in pv_controller.go.
 */
import { BOUND_BY_CONTROLLER, claimKeyOf, modesDiffer, PROVISIONED_BY } from "../../api/core/volume-matching.ts";
import type { PersistentVolume } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { isNotFound } from "../../api/meta/status-error.ts";
import { persistentVolumes } from "../../api/registry.ts";
import type { ControllerContext } from "../define-controller.ts";
import type { Binder } from "./binder.ts";
import { recycle } from "./recycle.ts";

export function syncVolume(ctx: ControllerContext, binder: Binder, volume: PersistentVolume): void {
  const { claimRef } = volume.spec;
  if (claimRef === undefined || !claimRef.uid) {
    binder.setPhase(volume, "Available");
    return;
  }
  const key = claimKeyOf(claimRef);
  const released = volume.status?.phase === "Released" || volume.status?.phase === "Failed";
  const found = released ? binder.claim(key) : binder.claimForSure(key);
  // Another one of the same name is not its claim.
  const claim = found?.metadata.uid === claimRef.uid ? found : undefined;
  if (claim === undefined) {
    release(ctx, binder, volume);
  } else if (!claim.spec.volumeName) {
    if (modesDiffer(claim.spec, volume.spec)) {
      const { name } = claim.metadata;
      const [asked, offered] = [JSON.stringify(name), JSON.stringify(volume.metadata.name)];
      ctx.events.event(volume, "Warning", {
        reason: "VolumeMismatch",
        message: `Cannot bind PersistentVolume to requested PersistentVolumeClaim ${asked} due to incompatible volumeMode.`,
      });
      ctx.events.event(claim, "Warning", {
        reason: "VolumeMismatch",
        message: `Cannot bind PersistentVolume ${offered} to requested PersistentVolumeClaim due to incompatible volumeMode.`,
      });
      return;
    }
    ctx.enqueue(keyOf(claim));
  } else if (claim.spec.volumeName === volume.metadata.name) {
    binder.setPhase(volume, "Bound");
  } else if (isProvisioned(volume) && volume.spec.persistentVolumeReclaimPolicy === "Delete") {
    release(ctx, binder, volume);
  } else if (volume.metadata.annotations?.[BOUND_BY_CONTROLLER] !== undefined || volume.status?.phase !== "Available") {
    binder.unbind(volume);
  }
}

function isProvisioned({ metadata }: PersistentVolume): boolean {
  return metadata.annotations?.[PROVISIONED_BY] !== undefined;
}

/** Its claim is gone. */
function release(ctx: ControllerContext, binder: Binder, volume: PersistentVolume): void {
  const { phase } = volume.status ?? {};
  const freed = phase === "Failed" ? volume : binder.setPhase(volume, "Released");
  switch (volume.spec.persistentVolumeReclaimPolicy) {
    case "Recycle":
      if (phase !== "Failed") recycle(ctx, binder, freed);
      return;
    case "Delete":
      // Who provisioned it deletes it.
      if (!isProvisioned(freed)) deleteStatic(ctx, binder, freed);
  }
}

/** A hostPath volume in /tmp is the only kind that the controller manager itself can delete. */
function deleteStatic(ctx: ControllerContext, binder: Binder, volume: PersistentVolume): void {
  const { name } = volume.metadata;
  const path = volume.spec.hostPath?.path;
  let message = `error getting deleter volume plugin for volume ${JSON.stringify(name)}: no deletable volume plugin matched`;
  if (path !== undefined) {
    if (/\/tmp\/.+/.test(path)) {
      try {
        ctx.client.resource(persistentVolumes).delete("", name);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
      return;
    }
    message = `host_path deleter only supports /tmp/.+ but received provided ${path}`;
  }
  binder.setPhase(volume, "Failed", { type: "Warning", reason: "VolumeFailedDelete", message });
}
