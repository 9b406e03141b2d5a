/**
 * Makes hostPath volumes for claims and deletes them: as minikube's storage-provisioner does, or as the local path
 * provisioner of kind, whose volumes stay with the node that they were made on. Models k8s.io/minikube/pkg/storage,
 * rancher/local-path-provisioner and sig-storage-lib-external-provisioner.
 */
import {
  LOCAL_PATH,
  MINIKUBE_HOST_PATH,
  PROVISIONED_BY,
  SELECTED_NODE,
  STORAGE_PROVISIONER,
} from "../api/core/volume-matching.ts";
import { storageClassOf } from "../api/core/volume-claims.ts";
import type { NodeSelector, PersistentVolume, PersistentVolumeClaim } from "../api/generated/types.ts";
import { keyOf } from "../api/meta/object.ts";
import { isAlreadyExists, isNotFound } from "../api/meta/status-error.ts";
import { serviceAccountUser } from "../api/meta/user-info.ts";
import { persistentVolumeClaims, persistentVolumes, storageClasses } from "../api/registry.ts";
import { defineController } from "./define-controller.ts";
import type { ControllerContext, ControllerDefinition, ControllerWatch } from "./define-controller.ts";

export interface FolderProvisioner {
  /** As a storage class names it. */
  name: string;
  /** The folder of a claim's volume. */
  pathOf(claim: PersistentVolumeClaim, volume: string): string;
  type: string;
  /** Whether pods have to go where the volume is. */
  bindsToNode: boolean;
}

export const minikubeProvisioner: FolderProvisioner = {
  name: MINIKUBE_HOST_PATH,
  pathOf: (claim) => `/tmp/hostpath-provisioner/${keyOf(claim)}`,
  type: "",
  bindsToNode: false,
};

export const localPathProvisioner: FolderProvisioner = {
  name: LOCAL_PATH,
  pathOf: ({ metadata }, volume) => `/var/local-path-provisioner/${volume}_${metadata.namespace}_${metadata.name}`,
  type: "DirectoryOrCreate",
  bindsToNode: true,
};

export const PROVISIONER_ACCOUNT = "storage-provisioner";

/** `removeFolder`: what was at a path is gone from the disks of the nodes. */
export function hostPathProvisioner(
  how: FolderProvisioner,
  removeFolder: (path: string) => void,
): ControllerDefinition<PersistentVolumeClaim> {
  const volumeWatch: ControllerWatch<PersistentVolume> = {
    resource: persistentVolumes,
    keys: (volume) => (isReleased(volume, how) ? [volume.metadata.name] : []),
  };
  return defineController<PersistentVolumeClaim>({
    name: how.name,
    account: serviceAccountUser("kube-system", PROVISIONER_ACCOUNT),
    for: persistentVolumeClaims,
    keys: (claim) => (isWanted(claim, how) ? [keyOf(claim)] : []),
    subject: (key) => `${key.includes("/") ? "persistentvolumeclaims" : "persistentvolumes"}/${key}`,
    watches: [volumeWatch as ControllerWatch],
    setup: (informers) => void informers.informer(storageClasses),
    reconcile(ctx, key) {
      if (key.includes("/")) provision(ctx, key, how);
      else remove(ctx, key, { how, removeFolder });
    },
  });
}

function isWanted({ metadata, spec }: PersistentVolumeClaim, { name }: FolderProvisioner): boolean {
  return !spec.volumeName && metadata.annotations?.[STORAGE_PROVISIONER] === name;
}

function isReleased({ metadata, spec, status }: PersistentVolume, { name }: FolderProvisioner): boolean {
  const own = metadata.annotations?.[PROVISIONED_BY] === name;
  const free = status?.phase === "Released" && spec.persistentVolumeReclaimPolicy === "Delete";
  return own && free && metadata.deletionTimestamp === undefined;
}

function provision(ctx: ControllerContext, key: string, how: FolderProvisioner): void {
  const claim = ctx.lister(persistentVolumeClaims).get(key);
  if (claim === undefined || !isWanted(claim, how)) return;
  const storageClass = ctx.lister(storageClasses).get(storageClassOf(claim));
  if (storageClass?.provisioner !== how.name) return;
  const waits = storageClass.volumeBindingMode === "WaitForFirstConsumer";
  const node = claim.metadata.annotations?.[SELECTED_NODE];
  if ((waits || how.bindsToNode) && node === undefined) return;
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
      metadata: { name: volumeName, annotations: { [PROVISIONED_BY]: how.name } },
      spec: {
        accessModes: claim.spec.accessModes,
        capacity: { storage: claim.spec.resources?.requests?.["storage"] ?? "0" },
        claimRef: { kind: "PersistentVolumeClaim", namespace, name, uid, apiVersion: "v1", resourceVersion },
        hostPath: { path: how.pathOf(claim, volumeName), type: how.type },
        ...(how.bindsToNode && { nodeAffinity: { required: onlyOn(node ?? "") } }),
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

function onlyOn(node: string): NodeSelector {
  return {
    nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [node] }] }],
  };
}

function remove(
  ctx: ControllerContext,
  name: string,
  { how, removeFolder }: { how: FolderProvisioner; removeFolder: (path: string) => void },
): void {
  const volume = ctx.lister(persistentVolumes).get(name);
  if (volume === undefined || !isReleased(volume, how)) return;
  if (volume.spec.hostPath !== undefined) removeFolder(volume.spec.hostPath.path);
  try {
    ctx.client.resource(persistentVolumes).delete("", name);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
