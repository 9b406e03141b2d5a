/**
 * external-provisioner: makes a driver's volumes for claims and deletes them when they are released. Models
 * kubernetes-csi/external-provisioner and sig-storage-lib-external-provisioner.
 * **Simplified:** the sidecars of a driver run in the controller manager's process, not in pods of their own.
 */
import { PROVISIONED_BY, SELECTED_NODE, STORAGE_PROVISIONER } from "../../api/core/volume-matching.ts";
import { storageClassOf } from "../../api/core/volume-claims.ts";
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { quantityValue } from "../../api/meta/quantity.ts";
import { isAlreadyExists, isNotFound } from "../../api/meta/status-error.ts";
import { loopbackUser } from "../../api/meta/user-info.ts";
import type { UserInfo } from "../../api/meta/user-info.ts";
import { persistentVolumeClaims, persistentVolumes, storageClasses } from "../../api/registry.ts";
import { defineController } from "../define-controller.ts";
import type {
  ControllerContext,
  ControllerDefinition,
  ControllerWatch,
  ReconcileResult,
} from "../define-controller.ts";
import { attachmentsOf, VOLUME } from "../attach-detach/state.ts";
import { volumeAttachments } from "../../api/storage/volume-attachment.ts";
import { DriverError, handleOf } from "./driver.ts";
import type { StorageDriver } from "./driver.ts";
import { isPopulated, SourceError, volumeSource } from "./volume-source.ts";

const FINALIZER = "external-provisioner.volume.kubernetes.io/finalizer";
const GIB = 1024 ** 3;
/** After a call that failed. */
const RETRY_MS = 5000;

export function csiProvisioner(
  driver: StorageDriver,
  account: UserInfo = loopbackUser,
): ControllerDefinition<PersistentVolumeClaim> {
  const volumeWatch: ControllerWatch<PersistentVolume> = {
    resource: persistentVolumes,
    keys: (volume) => (isReleased(volume, driver.name) ? [volume.metadata.name] : []),
  };
  /** Calls under way: a claim's volume is asked for once. */
  const begun = new Set<string>();
  return defineController<PersistentVolumeClaim>({
    name: driver.name,
    account,
    for: persistentVolumeClaims,
    keys: (claim) => (isWanted(claim, driver.name) ? [keyOf(claim)] : []),
    subject: (key) => `${key.includes("/") ? "persistentvolumeclaims" : "persistentvolumes"}/${key}`,
    watches: [volumeWatch as ControllerWatch],
    setup(informers) {
      informers.informer(storageClasses);
      informers.informer(volumeAttachments).addIndex(VOLUME, ({ spec }) => [spec.source.persistentVolumeName ?? ""]);
    },
    reconcile: (ctx, key) => (key.includes("/") ? provision(ctx, driver, { key, begun }) : remove(ctx, driver, key)),
  });
}

function isWanted({ metadata, spec }: PersistentVolumeClaim, driver: string): boolean {
  return !spec.volumeName && metadata.annotations?.[STORAGE_PROVISIONER] === driver;
}

function isReleased({ metadata, spec, status }: PersistentVolume, driver: string): boolean {
  const own = metadata.annotations?.[PROVISIONED_BY] === driver;
  if (!own || spec.persistentVolumeReclaimPolicy !== "Delete") return false;
  return status?.phase === "Released" && metadata.deletionTimestamp === undefined
    ? true
    : metadata.deletionTimestamp !== undefined &&
        metadata.finalizers?.includes(FINALIZER) === true &&
        status?.phase !== "Bound";
}

function provision(
  ctx: ControllerContext,
  driver: StorageDriver,
  { key, begun }: { key: string; begun: Set<string> },
): ReconcileResult {
  const claim = ctx.lister(persistentVolumeClaims).get(key);
  if (claim === undefined || !isWanted(claim, driver.name)) return {};
  const storageClass = ctx.lister(storageClasses).get(storageClassOf(claim));
  if (storageClass?.provisioner !== driver.name) return {};
  const node = claim.metadata.annotations?.[SELECTED_NODE];
  if (storageClass.volumeBindingMode === "WaitForFirstConsumer" && node === undefined) return {};
  const name = `pvc-${claim.metadata.uid}`;
  if (ctx.lister(persistentVolumes).get(name) !== undefined) return {};
  if (!begun.has(name)) {
    begun.add(name);
    const message = `External provisioner is provisioning volume for claim ${JSON.stringify(key)}`;
    ctx.events.event(claim, "Normal", { reason: "Provisioning", message });
    return { requeueAfter: driver.callMs };
  }
  begun.delete(name);
  if (isPopulated(claim)) {
    const message = "Assuming an external populator will provision the volume";
    ctx.events.event(claim, "Normal", { reason: "Provisioning", message });
    return {};
  }
  try {
    const made = driver.createVolume({
      name,
      bytes: quantityValue(claim.spec.resources?.requests?.["storage"] ?? "1Gi"),
      accessModes: claim.spec.accessModes ?? [],
      parameters: storageClass.parameters ?? {},
      node,
      source: volumeSource(ctx, claim, driver.name),
    });
    ctx.client.resource(persistentVolumes).create(draftOf(driver, { claim, storageClass, name, made }));
  } catch (error) {
    if (isAlreadyExists(error)) return {};
    if (!(error instanceof DriverError) && !(error instanceof SourceError)) throw error;
    const { metadata } = storageClass;
    const message = `failed to provision volume with StorageClass ${JSON.stringify(metadata.name)}: ${error.message}`;
    ctx.events.event(claim, "Warning", { reason: "ProvisioningFailed", message });
    return { requeueAfter: RETRY_MS, background: true };
  }
  ctx.events.event(claim, "Normal", {
    reason: "ProvisioningSucceeded",
    message: `Successfully provisioned volume ${name}`,
  });
  return {};
}

function draftOf(
  driver: StorageDriver,
  about: {
    claim: PersistentVolumeClaim;
    storageClass: StorageClass;
    name: string;
    made: ReturnType<StorageDriver["createVolume"]>;
  },
) {
  const { claim, storageClass, name, made } = about;
  const { namespace, name: claimName, uid, resourceVersion } = claim.metadata;
  const { mountOptions, parameters } = storageClass;
  const expressions = Object.entries(made.topology).map(([key, value]) => ({ key, operator: "In", values: [value] }));
  return {
    metadata: {
      name,
      annotations: {
        [PROVISIONED_BY]: driver.name,
        "volume.kubernetes.io/provisioner-deletion-secret-name": "",
        "volume.kubernetes.io/provisioner-deletion-secret-namespace": "",
      },
      finalizers: [FINALIZER],
    },
    spec: {
      accessModes: claim.spec.accessModes,
      capacity: { storage: `${Math.ceil(made.bytes / GIB)}Gi` },
      claimRef: { kind: "PersistentVolumeClaim", namespace, name: claimName, uid, apiVersion: "v1", resourceVersion },
      csi: {
        driver: driver.name,
        volumeHandle: made.handle,
        ...(claim.spec.volumeMode !== "Block" && { fsType: parameters?.["csi.storage.k8s.io/fstype"] ?? "ext4" }),
        volumeAttributes: { "storage.kubernetes.io/csiProvisionerIdentity": driver.name },
      },
      ...(mountOptions !== undefined && { mountOptions }),
      ...(expressions.length > 0 && {
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: expressions }] } },
      }),
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy,
      storageClassName: storageClass.metadata.name,
      volumeMode: claim.spec.volumeMode,
    },
  };
}

function remove(ctx: ControllerContext, driver: StorageDriver, name: string): ReconcileResult {
  const volume = ctx.lister(persistentVolumes).get(name);
  if (volume === undefined || !isReleased(volume, driver.name)) return {};
  const [attachment] = attachmentsOf(ctx, name);
  try {
    if (attachment !== undefined) {
      throw new Error(`persistentvolume ${name} is still attached to node ${attachment.spec.nodeName}`);
    }
    driver.deleteVolume(handleOf(volume));
  } catch (error) {
    ctx.events.event(volume, "Warning", { reason: "VolumeFailedDelete", message: (error as Error).message });
    return { requeueAfter: RETRY_MS, background: true };
  }
  const client = ctx.client.resource(persistentVolumes);
  try {
    if (volume.metadata.deletionTimestamp === undefined) client.delete("", name);
    const fresh = client.get("", name);
    const finalizers = (fresh.metadata.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
    client.patch("", name, { metadata: { finalizers } }, { type: "merge" });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return {};
}
