/** Lets a deleted volume go once no claim is bound to it. Upstream: pkg/controller/volume/pvprotection. */
import { VOLUME_PROTECTION } from "../../api/core/volume-protection.ts";
import type { PersistentVolume } from "../../api/generated/types.ts";
import { persistentVolumes } from "../../api/registry.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";

export function volumeProtectionController(): ControllerDefinition<PersistentVolume> {
  return defineController<PersistentVolume>({
    name: "pv-protection-controller",
    for: persistentVolumes,
    keys: (volume) => (mayGo(volume) ? [volume.metadata.name] : []),
    reconcile,
  });
}

function mayGo({ metadata, status }: PersistentVolume): boolean {
  const held = metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(VOLUME_PROTECTION) === true;
  return held && status?.phase !== "Bound";
}

function reconcile(ctx: ControllerContext, name: string): ReconcileResult {
  const volume = ctx.lister(persistentVolumes).get(name);
  if (volume === undefined || !mayGo(volume)) return {};
  const finalizers = volume.metadata.finalizers?.filter((finalizer) => finalizer !== VOLUME_PROTECTION) ?? [];
  ctx.client.resource(persistentVolumes).update({ ...volume, metadata: { ...volume.metadata, finalizers } });
  return {};
}
