/** What becomes of a claim. Upstream: syncClaim, syncUnboundClaim, syncBoundClaim and provisionClaim in pv_controller.go. */
import { isPodTerminal } from "../../api/core/pod/conditions.ts";
import { DEFAULT_CLASS_ANNOTATIONS } from "../../api/storage/storage-class.ts";
import { storageClassOf } from "../../api/core/volume-claims.ts";
import {
  BETA_STORAGE_PROVISIONER,
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  claimKeyOf,
  isBoundTo,
  isLargeEnough,
  modesDiffer,
  offersModes,
  SELECTED_NODE,
  STORAGE_PROVISIONER,
} from "../../api/core/volume-matching.ts";
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { badRequest } from "../../api/meta/status-error.ts";
import { storageClasses } from "../../api/registry.ts";
import type { ControllerContext } from "../define-controller.ts";
import { podsOfClaim } from "../pods-by-claim.ts";
import { annotated } from "./binder.ts";
import type { Binder, BindingEvent } from "./binder.ts";

const IN_TREE = "kubernetes.io/";
/** Provisioners of old and the CSI drivers that took over. Upstream: csi-translation-lib/plugins. */
const MIGRATED: Readonly<Record<string, string>> = {
  "kubernetes.io/aws-ebs": "ebs.csi.aws.com",
  "kubernetes.io/azure-disk": "disk.csi.azure.com",
  "kubernetes.io/azure-file": "file.csi.azure.com",
  "kubernetes.io/cinder": "cinder.csi.openstack.org",
  "kubernetes.io/gce-pd": "pd.csi.storage.gke.io",
  "kubernetes.io/portworx-volume": "pxd.portworx.com",
  "kubernetes.io/vsphere-volume": "csi.vsphere.vmware.com",
};

export function syncClaim(ctx: ControllerContext, binder: Binder, claim: PersistentVolumeClaim): void {
  if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) syncBound(binder, claim);
  else if (claim.spec.volumeName) syncNamed(ctx, binder, claim);
  else syncUnbound(ctx, binder, claim);
}

function syncBound(binder: Binder, claim: PersistentVolumeClaim): void {
  const lost = (reason: string, message: string): void => {
    binder.setClaimStatus(claim, "Lost", undefined, { type: "Warning", reason, message });
  };
  if (!claim.spec.volumeName) {
    lost("ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!");
    return;
  }
  const volume = binder.volume(claim.spec.volumeName);
  if (volume === undefined) lost("ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
  else if (volume.spec.claimRef === undefined || volume.spec.claimRef.uid === claim.metadata.uid) {
    binder.bind(volume, claim);
  } else lost("ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly");
}

/** Its maker asked for a volume by name. */
function syncNamed(ctx: ControllerContext, binder: Binder, claim: PersistentVolumeClaim): void {
  const volume = binder.volume(claim.spec.volumeName ?? "");
  const pending = (event?: BindingEvent): void => {
    if (event !== undefined) ctx.events.event(claim, event.type, event);
    binder.setClaimStatus(claim, "Pending");
  };
  if (volume === undefined) {
    pending();
    return;
  }
  const { name } = volume.metadata;
  const { claimRef } = volume.spec;
  if (claimRef === undefined) {
    const mismatch = mismatchOf(volume, claim);
    if (mismatch === undefined) binder.bind(volume, claim);
    else {
      const message = `Cannot bind to requested volume ${JSON.stringify(name)}: ${mismatch}`;
      pending({ type: "Warning", reason: "VolumeMismatch", message });
    }
    return;
  }
  if (isBoundTo(volume, claim)) {
    binder.bind(volume, claim);
    return;
  }
  const message = `volume ${JSON.stringify(name)} already bound to a different claim.`;
  if (claim.metadata.annotations?.[BOUND_BY_CONTROLLER] === undefined) {
    pending({ type: "Warning", reason: "FailedBinding", message });
    return;
  }
  ctx.events.event(claim, "Warning", { reason: "FailedBinding", message });
  const [own, other] = [keyOf(claim), claimKeyOf(claimRef)].map((key) => JSON.stringify(key));
  throw badRequest(`invalid binding of claim ${own} to volume "${name}": volume already claimed by ${other}`);
}

/** Upstream: checkVolumeSatisfyClaim. */
function mismatchOf(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  if (!isLargeEnough(volume, claim)) return "requested PV is too small";
  if (storageClassOf(volume) !== storageClassOf(claim)) return "storageClassName does not match";
  const [wanted, offered] = [claim.spec.volumeAttributesClassName ?? "", volume.spec.volumeAttributesClassName ?? ""];
  if (wanted !== offered) return "volumeAttributesClassName does not match";
  if (modesDiffer(claim.spec, volume.spec)) return "incompatible volumeMode";
  return offersModes(volume, claim) ? undefined : "incompatible accessMode";
}

function syncUnbound(ctx: ControllerContext, binder: Binder, claim: PersistentVolumeClaim): void {
  const storageClass = binder.classOf(claim);
  const delayed = storageClass?.volumeBindingMode === "WaitForFirstConsumer";
  const volume = binder.bestMatch(claim, { delayed });
  if (volume !== undefined) {
    binder.bind(volume, claim);
    return;
  }
  if (assignDefaultClass(ctx, binder, claim)) return;
  if (delayed && claim.metadata.annotations?.[SELECTED_NODE] === undefined) {
    ctx.events.event(claim, "Normal", waitingEvent(ctx, claim));
  } else if (storageClassOf(claim) !== "") {
    provision(ctx, binder, { claim, storageClass });
    return;
  } else {
    const message = "no persistent volumes available for this claim and no storage class is set";
    ctx.events.event(claim, "Normal", { reason: "FailedBinding", message });
  }
  binder.setClaimStatus(claim, "Pending");
}

/** A claim that asks for no class gets the default one as soon as there is one. Upstream: assignDefaultStorageClass. */
function assignDefaultClass(ctx: ControllerContext, binder: Binder, claim: PersistentVolumeClaim): boolean {
  if (claim.spec.storageClassName !== undefined || storageClassOf(claim) !== "") return false;
  let newest: StorageClass | undefined;
  for (const candidate of ctx.lister(storageClasses).list()) {
    const { annotations, creationTimestamp, name } = candidate.metadata;
    if (!DEFAULT_CLASS_ANNOTATIONS.some((annotation) => annotations?.[annotation] === "true")) continue;
    const order = newest === undefined ? 1 : compare(creationTimestamp, newest.metadata.creationTimestamp);
    if (newest === undefined || order > 0 || (order === 0 && name < newest.metadata.name)) newest = candidate;
  }
  if (newest === undefined) return false;
  binder.saveClaim({ ...claim, spec: { ...claim.spec, storageClassName: newest.metadata.name } });
  return true;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function waitingEvent(ctx: ControllerContext, claim: PersistentVolumeClaim): { reason: string; message: string } {
  const names = podsOfClaim(ctx, keyOf(claim))
    .filter((pod) => !isPodTerminal(pod) && !pod.spec.nodeName)
    .map(({ metadata }) => metadata.name);
  if (names.length === 0) {
    return { reason: "WaitForFirstConsumer", message: "waiting for first consumer to be created before binding" };
  }
  const noun = names.length === 1 ? "pod" : "pods";
  return { reason: "WaitForPodScheduled", message: `waiting for ${noun} ${names.join(",")} to be scheduled` };
}

/** Tells the provisioner of the claim's class to make a volume: all provisioners are external. */
function provision(
  ctx: ControllerContext,
  binder: Binder,
  about: { claim: PersistentVolumeClaim; storageClass: StorageClass | undefined },
): void {
  const { claim, storageClass } = about;
  const failed = (message: string): void => {
    ctx.events.event(claim, "Warning", { reason: "ProvisioningFailed", message });
  };
  if (storageClass === undefined) {
    failed(`storageclass.storage.k8s.io ${JSON.stringify(storageClassOf(claim))} not found`);
    return;
  }
  const provisioner = MIGRATED[storageClass.provisioner] ?? storageClass.provisioner;
  if (provisioner.startsWith(IN_TREE)) {
    failed(`no volume plugin matched name: ${provisioner}`);
    return;
  }
  let told = claim;
  if (claim.metadata.annotations?.[STORAGE_PROVISIONER] === undefined) {
    told = binder.saveClaim(
      annotated(claim, { [BETA_STORAGE_PROVISIONER]: provisioner, [STORAGE_PROVISIONER]: provisioner }),
    );
  }
  const message =
    `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system ` +
    "administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.";
  ctx.events.event(told, "Normal", { reason: "ExternalProvisioning", message });
}
