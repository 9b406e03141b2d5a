/** Claims, volumes and classes as the scheduler sees them, and what it writes to have a pod's claims bound. */
import { BOUND_BY_CONTROLLER, claimKeyOf, SELECTED_NODE } from "../api/core/volume-matching.ts";
import { persistentVolumeClaims } from "../api/core/persistent-volume-claim/index.ts";
import { persistentVolumes } from "../api/core/persistent-volume/index.ts";
import { storageClassOf } from "../api/core/volume-claims.ts";
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from "../api/generated/types.ts";
import { keyOf } from "../api/meta/object.ts";
import { storageClasses } from "../api/storage/storage-class.ts";
import type { Client } from "../client/client.ts";
import type { Informers } from "../client/contracts.ts";
import type { Binding } from "./plugins/volume-binding.ts";

const FREE = "free";
const CLAIMED = "claimed";

export interface VolumeListers {
  claim(key: string): PersistentVolumeClaim | undefined;
  volume(name: string): PersistentVolume | undefined;
  storageClass(name: string): StorageClass | undefined;
  /** Volumes that are reserved for the claim, then free ones of its class. */
  candidates(claim: PersistentVolumeClaim): readonly PersistentVolume[];
}

/** `changed`: something happened that may let a pod run that waits for its volumes. */
export function watchVolumes(informers: Informers, changed: () => void): VolumeListers {
  const claims = informers.informer(persistentVolumeClaims);
  const volumes = informers.informer(persistentVolumes);
  const classes = informers.informer(storageClasses);
  volumes.addIndex(FREE, (volume) => (volume.spec.claimRef === undefined ? [storageClassOf(volume)] : []));
  volumes.addIndex(CLAIMED, ({ spec }) => (spec.claimRef === undefined ? [] : [claimKeyOf(spec.claimRef)]));
  const handler = { onAdd: changed, onUpdate: changed };
  claims.addHandler(handler);
  volumes.addHandler(handler);
  classes.addHandler(handler);
  return {
    claim: (key) => claims.lister.get(key),
    volume: (name) => volumes.lister.get(name),
    storageClass: (name) => classes.lister.get(name),
    candidates: (claim) => [
      ...volumes.lister.byIndex(CLAIMED, keyOf(claim)),
      ...volumes.lister.byIndex(FREE, storageClassOf(claim)),
    ],
  };
}

/**
 * Reserves volumes for the claims, or asks for them to be provisioned for the node; the volume controller does the rest.
 * Upstream: AssumePodVolumes and BindPodVolumes.
 */
export function requestBindings(client: Client, bindings: readonly Binding[], node: string): void {
  for (const { claim, volume } of bindings) {
    const { namespace, name, uid, resourceVersion, annotations } = claim.metadata;
    if (volume !== undefined) {
      if (volume.spec.claimRef !== undefined) continue;
      const claimRef = { kind: "PersistentVolumeClaim", namespace, name, uid, apiVersion: "v1", resourceVersion };
      const own = { ...volume.metadata.annotations, [BOUND_BY_CONTROLLER]: "yes" };
      const metadata = { ...volume.metadata, annotations: own };
      client.resource(persistentVolumes).update({ ...volume, metadata, spec: { ...volume.spec, claimRef } });
    } else if (annotations?.[SELECTED_NODE] === undefined) {
      const metadata = { ...claim.metadata, annotations: { ...annotations, [SELECTED_NODE]: node } };
      client.resource(persistentVolumeClaims).update({ ...claim, metadata });
    }
  }
}
