/** Claims, volumes and classes as the scheduler sees them, and what it writes to have a pod's claims bound. */
import { BOUND_BY_CONTROLLER, claimKeyOf, SELECTED_NODE } from "../api/core/volume-matching.ts";
import { persistentVolumeClaims } from "../api/core/persistent-volume-claim/index.ts";
import { persistentVolumes } from "../api/core/persistent-volume/index.ts";
import { storageClassOf } from "../api/core/volume-claims.ts";
import type {
  CSINode,
  CSIStorageCapacity,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  VolumeAttachment,
} from "../api/generated/types.ts";
import { keyOf } from "../api/meta/object.ts";
import { csiDrivers } from "../api/storage/csi-driver.ts";
import { csiNodes } from "../api/storage/csi-node.ts";
import { csiStorageCapacities } from "../api/storage/csi-storage-capacity.ts";
import { storageClasses } from "../api/storage/storage-class.ts";
import { volumeAttachments } from "../api/storage/volume-attachment.ts";
import { deepEqual } from "../base/json.ts";
import type { Client } from "../client/client.ts";
import type { Informers } from "../client/contracts.ts";
import type { Binding } from "./plugins/volume-binding.ts";
import type { ClusterEvent } from "./queue-events.ts";

const FREE = "free";
const CLAIMED = "claimed";
const NODE = "node";
const CLASS = "class";

export interface VolumeListers {
  claim(key: string): PersistentVolumeClaim | undefined;
  volume(name: string): PersistentVolume | undefined;
  storageClass(name: string): StorageClass | undefined;
  /** Volumes that are reserved for the claim, then free ones of its class. */
  candidates(claim: PersistentVolumeClaim): readonly PersistentVolume[];
  /** What drivers can do on a node. */
  csiNode(name: string): CSINode | undefined;
  attachmentsOf(node: string): readonly VolumeAttachment[];
  /** What is left for a storage class, if its driver keeps track of that; undefined if not. */
  capacities(storageClass: StorageClass): readonly CSIStorageCapacity[] | undefined;
}

/** `changed`: something happened that may let a pod run that waits for its volumes. */
export function watchVolumes(informers: Informers, changed: (event: ClusterEvent) => void): VolumeListers {
  const claims = informers.informer(persistentVolumeClaims);
  const volumes = informers.informer(persistentVolumes);
  const classes = informers.informer(storageClasses);
  volumes.addIndex(FREE, (volume) => (volume.spec.claimRef === undefined ? [storageClassOf(volume)] : []));
  volumes.addIndex(CLAIMED, ({ spec }) => (spec.claimRef === undefined ? [] : [claimKeyOf(spec.claimRef)]));
  claims.addHandler({
    onAdd: (claim) => changed({ type: "claim-add", claim }),
    onUpdate: (claim, old) => changed({ type: "claim-update", claim, old }),
  });
  volumes.addHandler({
    onAdd: (volume) => changed({ type: "volume-add", volume }),
    onUpdate: (volume, old) => changed({ type: "volume-update", volume, old }),
  });
  classes.addHandler({
    onAdd: (storageClass) => changed({ type: "class-add", storageClass }),
    onUpdate: (storageClass, old) => changed({ type: "class-update", storageClass, old }),
  });
  return {
    ...watchDrivers(informers, changed),
    claim: (key) => claims.lister.get(key),
    volume: (name) => volumes.lister.get(name),
    storageClass: (name) => classes.lister.get(name),
    candidates: (claim) => [
      ...volumes.lister.byIndex(CLAIMED, keyOf(claim)),
      ...volumes.lister.byIndex(FREE, storageClassOf(claim)),
    ],
  };
}

/** What drivers say of themselves, of their nodes and of what they have left. */
function watchDrivers(
  informers: Informers,
  changed: (event: ClusterEvent) => void,
): Pick<VolumeListers, "csiNode" | "attachmentsOf" | "capacities"> {
  const ofNodes = informers.informer(csiNodes);
  const drivers = informers.informer(csiDrivers);
  const capacities = informers.informer(csiStorageCapacities);
  const attachments = informers.informer(volumeAttachments);
  attachments.addIndex(NODE, ({ spec }) => [spec.nodeName]);
  capacities.addIndex(CLASS, ({ storageClassName }) => [storageClassName]);
  ofNodes.addHandler({
    onAdd: () => changed({ type: "csi-node" }),
    onUpdate: ({ spec }, old) => void (deepEqual(spec, old.spec) || changed({ type: "csi-node" })),
  });
  drivers.addHandler({
    onUpdate({ spec }, old) {
      if (old.spec.storageCapacity === true && spec.storageCapacity !== true) changed({ type: "csi-driver" });
    },
  });
  capacities.addHandler({
    onAdd: (capacity) => changed({ type: "csi-capacity", capacity, old: undefined }),
    onUpdate: (capacity, old) => changed({ type: "csi-capacity", capacity, old }),
  });
  attachments.addHandler({ onDelete: () => changed({ type: "attachment-delete" }) });
  return {
    csiNode: (name) => ofNodes.lister.get(name),
    attachmentsOf: (node) => attachments.lister.byIndex(NODE, node),
    capacities({ metadata, provisioner }) {
      if (drivers.lister.get(provisioner)?.spec.storageCapacity !== true) return undefined;
      return capacities.lister.byIndex(CLASS, metadata.name);
    },
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
