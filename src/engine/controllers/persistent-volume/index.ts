/**
 * Binds claims to volumes, asks for volumes that are to be made, and reclaims those whose claim is gone.
 * Upstream: pkg/controller/volume/persistentvolume.
 */
import { isPodTerminal } from "../../api/core/pod/conditions.ts";
import { claimKeyOf } from "../../api/core/volume-matching.ts";
import { storageClassOf } from "../../api/core/volume-claims.ts";
import type { PersistentVolume, PersistentVolumeClaim, Pod } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { persistentVolumeClaims, persistentVolumes, pods, storageClasses } from "../../api/registry.ts";
import { defineController } from "../define-controller.ts";
import type {
  ControllerContext,
  ControllerDefinition,
  ControllerWatch,
  ReconcileResult,
} from "../define-controller.ts";
import { indexPodsByClaim } from "../pods-by-claim.ts";
import { Binder, CLAIMED, FREE } from "./binder.ts";
import { syncClaim } from "./claims.ts";
import { recycledBy } from "./recycle.ts";
import { syncVolume } from "./volumes.ts";

/** How often everything that waits is looked at again, `--pvclaimbinder-sync-period`. */
const SYNC_PERIOD = 15_000;
/** Claims without a volume, by class. */
const UNBOUND = "unbound";

const volumeWatch: ControllerWatch<PersistentVolume> = {
  resource: persistentVolumes,
  keys: ({ metadata, spec }) =>
    spec.claimRef === undefined ? [metadata.name] : [metadata.name, claimKeyOf(spec.claimRef)],
};

export function persistentVolumeController(): ControllerDefinition<PersistentVolumeClaim> {
  let binder: Binder | undefined;
  return defineController<PersistentVolumeClaim>({
    name: "persistentvolume-controller",
    account: "persistent-volume-binder",
    for: persistentVolumeClaims,
    // A key with a namespace is a claim's, one without a volume's.
    keys: (claim) => (claim.spec.volumeName ? [keyOf(claim), claim.spec.volumeName] : [keyOf(claim)]),
    subject: (key) => `${key.includes("/") ? "persistentvolumeclaims" : "persistentvolumes"}/${key}`,
    watches: [volumeWatch as ControllerWatch],
    setup(informers, ctx) {
      informers.informer(storageClasses);
      indexPodsByClaim(informers);
      const onPod = (pod: Pod): void => {
        const volume = recycledBy(pod);
        if (volume !== undefined && isPodTerminal(pod)) ctx.enqueue(volume);
      };
      informers.informer(pods).addHandler({ onAdd: onPod, onUpdate: onPod });
      informers
        .informer(persistentVolumeClaims)
        .addIndex(UNBOUND, (claim) => (claim.spec.volumeName ? [] : [storageClassOf(claim)]));
      const volumes = informers.informer(persistentVolumes);
      volumes.addIndex(FREE, (volume) => (volume.spec.claimRef === undefined ? [storageClassOf(volume)] : []));
      volumes.addIndex(CLAIMED, ({ spec }) => (spec.claimRef === undefined ? [] : [claimKeyOf(spec.claimRef)]));
      // What waits is looked at in the next round, as upstream does; the cluster is not idle before.
      const available = (volume: PersistentVolume): void => {
        if (volume.status?.phase !== "Available") return;
        for (const claim of ctx.lister(persistentVolumeClaims).byIndex(UNBOUND, storageClassOf(volume)))
          ctx.enqueue(keyOf(claim), untilNextRound(ctx));
      };
      volumes.addHandler({
        onAdd: available,
        onUpdate: (volume, old) => {
          if (old.status?.phase !== volume.status?.phase) available(volume);
        },
      });
    },
    reconcile(ctx, key) {
      binder ??= new Binder(ctx);
      return key.includes("/") ? reconcileClaim(ctx, binder, key) : reconcileVolume(ctx, binder, key);
    },
  });
}

function untilNextRound({ sim }: ControllerContext): number {
  return SYNC_PERIOD - (sim.now % SYNC_PERIOD);
}

function reconcileClaim(ctx: ControllerContext, binder: Binder, key: string): ReconcileResult {
  const claim = binder.claim(key);
  if (claim === undefined) {
    binder.claims.forget(key);
    return {};
  }
  syncClaim(ctx, binder, claim);
  const pending = (binder.claim(key)?.status?.phase ?? "Pending") === "Pending";
  // A millisecond later than what a new volume asks for, which therefore goes first and is not in the background.
  return pending ? { requeueAfter: untilNextRound(ctx) + 1, background: true } : {};
}

function reconcileVolume(ctx: ControllerContext, binder: Binder, name: string): ReconcileResult {
  const volume = binder.volume(name);
  if (volume === undefined) binder.volumes.forget(name);
  else syncVolume(ctx, binder, volume);
  return {};
}
