/**
 * Makes hostPath volumes for claims and deletes them, as minikube's storage-provisioner does. Models
 * k8s.io/minikube/pkg/storage and sig-storage-lib-external-provisioner.
 * Simplified: runs in the controller manager's process, not in a pod of its own.
 */
import { claimKeyOf, PROVISIONED_BY, SELECTED_NODE, STORAGE_PROVISIONER } from "../api/core/volume-matching.ts";
import { storageClassOf } from "../api/core/volume-claims.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "../api/generated/types.ts";
import { keyOf } from "../api/meta/object.ts";
import { isAlreadyExists, isNotFound } from "../api/meta/status-error.ts";
import { serviceAccountUser } from "../api/meta/user-info.ts";
import { persistentVolumeClaims, persistentVolumes, storageClasses } from "../api/registry.ts";
import { defineController } from "./define-controller.ts";
import type { ControllerContext, ControllerDefinition, ControllerWatch } from "./define-controller.ts";

export const HOST_PATH_PROVISIONER = "k8s.io/minikube-hostpath";
export const PROVISIONER_ACCOUNT = "storage-provisioner";
const ROOT = "/tmp/hostpath-provisioner";

const volumeWatch: ControllerWatch<PersistentVolume> = {
  resource: persistentVolumes,
  keys: (volume) => (isReleased(volume) ? [volume.metadata.name] : []),
};

/** `removeFolder`: what was at a path is gone from the disks of the nodes. */
export function hostPathProvisioner(removeFolder: (path: string) => void): ControllerDefinition<PersistentVolumeClaim> {
  return defineController<PersistentVolumeClaim>({
    name: HOST_PATH_PROVISIONER,
    account: serviceAccountUser("kube-system", PROVISIONER_ACCOUNT),
    for: persistentVolumeClaims,
    keys: (claim) => (isWanted(claim) ? [keyOf(claim)] : []),
    subject: (key) => `${key.includes("/") ? "persistentvolumeclaims" : "persistentvolumes"}/${key}`,
    watches: [volumeWatch as ControllerWatch],
    setup: (informers) => void informers.informer(storageClasses),
    reconcile(ctx, key) {
      if (key.includes("/")) provision(ctx, key);
      else remove(ctx, key, removeFolder);
    },
  });
}

function isWanted({ metadata, spec }: PersistentVolumeClaim): boolean {
  return !spec.volumeName && metadata.annotations?.[STORAGE_PROVISIONER] === HOST_PATH_PROVISIONER;
}

function isReleased({ metadata, spec, status }: PersistentVolume): boolean {
  const own = metadata.annotations?.[PROVISIONED_BY] === HOST_PATH_PROVISIONER;
  const free = status?.phase === "Released" && spec.persistentVolumeReclaimPolicy === "Delete";
  return own && free && metadata.deletionTimestamp === undefined;
}

function provision(ctx: ControllerContext, key: string): void {
  const claim = ctx.lister(persistentVolumeClaims).get(key);
  if (claim === undefined || !isWanted(claim)) return;
  const storageClass = ctx.lister(storageClasses).get(storageClassOf(claim));
  if (storageClass?.provisioner !== HOST_PATH_PROVISIONER) return;
  const waits = storageClass.volumeBindingMode === "WaitForFirstConsumer";
  if (waits && claim.metadata.annotations?.[SELECTED_NODE] === undefined) return;
  const { namespace, name, uid, resourceVersion } = claim.metadata;
  const volumeName = `pvc-${uid}`;
  if (ctx.lister(persistentVolumes).get(volumeName) !== undefined) return;
  const message = `External provisioner is provisioning volume for claim ${JSON.stringify(key)}`;
  ctx.events.event(claim, "Normal", { reason: "Provisioning", message });
  if (claim.spec.selector !== undefined || claim.spec.volumeMode === "Block") {
    const why = claim.spec.selector === undefined ? "does not support block volume" : "claim Selector is not supported";
    const text = `failed to provision volume with StorageClass ${JSON.stringify(storageClass.metadata.name)}: ${why}`;
    ctx.events.event(claim, "Warning", { reason: "ProvisioningFailed", message: text });
    return;
  }
  try {
    ctx.client.resource(persistentVolumes).create({
      metadata: { name: volumeName, annotations: { [PROVISIONED_BY]: HOST_PATH_PROVISIONER } },
      spec: {
        accessModes: claim.spec.accessModes,
        capacity: { storage: claim.spec.resources?.requests?.["storage"] ?? "0" },
        claimRef: { kind: "PersistentVolumeClaim", namespace, name, uid, apiVersion: "v1", resourceVersion },
        hostPath: { path: `${ROOT}/${key}`, type: "" },
        persistentVolumeReclaimPolicy: storageClass.reclaimPolicy,
        storageClassName: storageClass.metadata.name,
        volumeMode: "Filesystem",
      },
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return;
  }
  const done = `Successfully provisioned volume ${volumeName}`;
  ctx.events.event(claim, "Normal", { reason: "ProvisioningSucceeded", message: done });
}

function remove(ctx: ControllerContext, name: string, removeFolder: (path: string) => void): void {
  const volume = ctx.lister(persistentVolumes).get(name);
  if (volume?.spec.claimRef === undefined || !isReleased(volume)) return;
  removeFolder(volume.spec.hostPath?.path ?? `${ROOT}/${claimKeyOf(volume.spec.claimRef)}`);
  try {
    ctx.client.resource(persistentVolumes).delete("", name);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
