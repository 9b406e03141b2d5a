/**
 * external-resizer: makes a driver's volumes as large as their claims ask; the node's part is its kubelet's. Models
 * kubernetes-csi/external-resizer.
 */
import { claimKeyOf } from "../../api/core/volume-matching.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { compareQuantities, parseQuantity, quantityValue } from "../../api/meta/quantity.ts";
import { loopbackUser } from "../../api/meta/user-info.ts";
import type { UserInfo } from "../../api/meta/user-info.ts";
import { persistentVolumeClaims, persistentVolumes } from "../../api/registry.ts";
import { formatTime } from "../../base/time.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";
import { DriverError, handleOf } from "./driver.ts";
import type { StorageDriver } from "./driver.ts";

const RETRY_MS = 10_000;
const GIB = 1024 ** 3;
const PENDING_MESSAGE = "Waiting for user to (re-)start a pod to finish file system resize of volume on node.";

export function csiResizer(
  driver: StorageDriver,
  account: UserInfo = loopbackUser,
): ControllerDefinition<PersistentVolumeClaim> {
  const begun = new Set<string>();
  return defineController<PersistentVolumeClaim>({
    name: `external-resizer ${driver.name}`,
    account,
    for: persistentVolumeClaims,
    keys: (claim) => (wantsMore(claim) ? [keyOf(claim)] : []),
    setup: (informers) => void informers.informer(persistentVolumes),
    reconcile: (ctx, key) => reconcile(ctx, driver, { key, begun }),
  });
}

/** It is bound, and smaller than it asks to be. */
export function wantsMore({ spec, status }: PersistentVolumeClaim): boolean {
  const asked = spec.resources?.requests?.["storage"];
  const has = status?.capacity?.["storage"];
  return status?.phase === "Bound" && asked !== undefined && has !== undefined && isMore(asked, has);
}

function isMore(a: string, b: string): boolean {
  return compareQuantities(parseQuantity(a), parseQuantity(b)) > 0;
}

function reconcile(
  ctx: ControllerContext,
  driver: StorageDriver,
  { key, begun }: { key: string; begun: Set<string> },
): ReconcileResult {
  const claim = ctx.lister(persistentVolumeClaims).get(key);
  if (claim === undefined || !wantsMore(claim)) return {};
  const volume = ctx.lister(persistentVolumes).get(claim.spec.volumeName ?? "");
  if (volume?.spec.csi?.driver !== driver.name || volume.spec.claimRef === undefined) return {};
  if (claimKeyOf(volume.spec.claimRef) !== key) return {};
  const asked = claim.spec.resources?.requests?.["storage"] ?? "0";
  // The controller's part is done: the rest is the node's.
  if (!isMore(asked, volume.spec.capacity?.["storage"] ?? "0")) return {};
  if (!begun.has(key)) {
    begun.add(key);
    setStatus(ctx, claim, { type: "Resizing", status: "ControllerResizeInProgress", asked });
    const message = `External resizer is resizing volume ${volume.metadata.name}`;
    ctx.events.event(claim, "Normal", { reason: "Resizing", message });
    return { requeueAfter: driver.callMs };
  }
  begun.delete(key);
  try {
    const bytes = driver.expand(handleOf(volume), quantityValue(asked));
    grow(ctx, volume, `${Math.ceil(bytes / GIB)}Gi`);
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    const name = JSON.stringify(volume.metadata.name);
    const message = `resize volume ${name} by resizer ${JSON.stringify(driver.name)} failed: ${error.message}`;
    ctx.events.event(claim, "Warning", { reason: "VolumeResizeFailed", message });
    return { requeueAfter: RETRY_MS, background: true };
  }
  const [namespace = "", name = ""] = key.split("/");
  const fresh = ctx.client.resource(persistentVolumeClaims).get(namespace, name);
  setStatus(ctx, fresh, { type: "FileSystemResizePending", status: "NodeResizePending", asked });
  const message = "Require file system resize of volume on node";
  ctx.events.event(claim, "Normal", { reason: "FileSystemResizeRequired", message });
  return {};
}

function grow(ctx: ControllerContext, volume: PersistentVolume, storage: string): void {
  const capacity = { ...volume.spec.capacity, storage };
  ctx.client.resource(persistentVolumes).patch("", volume.metadata.name, { spec: { capacity } });
}

function setStatus(
  ctx: ControllerContext,
  claim: PersistentVolumeClaim,
  { type, status, asked }: { type: "Resizing" | "FileSystemResizePending"; status: string; asked: string },
): void {
  const time = formatTime(ctx.sim.now);
  const condition = {
    type,
    status: "True",
    lastTransitionTime: time,
    ...(type === "FileSystemResizePending" && { message: PENDING_MESSAGE }),
  };
  const others = (claim.status?.conditions ?? []).filter(
    (kept) => kept.type !== "Resizing" && kept.type !== "FileSystemResizePending",
  );
  const patch = {
    status: {
      allocatedResources: { storage: asked },
      allocatedResourceStatuses: { storage: status },
      conditions: [...others, condition],
    },
  };
  const { namespace = "", name } = claim.metadata;
  ctx.client.resource(persistentVolumeClaims).patch(namespace, name, patch, { type: "merge", subresource: "status" });
}
