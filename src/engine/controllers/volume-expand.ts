/**
 * Says of a claim that asks for more who has to make its volume larger: no volume is the controller manager's own.
 * Upstream: pkg/controller/volume/expand/expand_controller.go.
 */
import type { PersistentVolumeClaim } from "../api/generated/types.ts";
import { keyOf } from "../api/meta/object.ts";
import { persistentVolumeClaims, persistentVolumes } from "../api/registry.ts";
import { wantsMore } from "./csi/resizer.ts";
import { defineController } from "./define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "./define-controller.ts";

const EXTERNAL =
  "Ignoring the PVC: didn't find a plugin capable of expanding the volume; waiting for an external controller to process this PVC.";

export function volumeExpandController(): ControllerDefinition<PersistentVolumeClaim> {
  return defineController<PersistentVolumeClaim>({
    name: "volume_expand",
    account: "expand-controller",
    for: persistentVolumeClaims,
    keys: (claim) => (wantsMore(claim) ? [keyOf(claim)] : []),
    isRelevant: (claim, old) => claim.spec !== old.spec,
    setup: (informers) => void informers.informer(persistentVolumes),
    reconcile,
  });
}

function reconcile(ctx: ControllerContext, key: string): ReconcileResult {
  const claim = ctx.lister(persistentVolumeClaims).get(key);
  if (claim === undefined || !wantsMore(claim)) return {};
  if (ctx.lister(persistentVolumes).get(claim.spec.volumeName ?? "") === undefined) return {};
  ctx.events.event(claim, "Warning", { reason: "ExternalExpanding", message: EXTERNAL });
  return {};
}
