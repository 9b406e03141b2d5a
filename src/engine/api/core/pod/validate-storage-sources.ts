/**
 * Volumes that reach out to storage systems, and the claims that pods bring along.
 * Upstream: the validate…VolumeSource functions of pkg/apis/core/validation/validation.go.
 */
import type { Volume } from "../../generated/types.ts";
import { forbiddenField, invalidValue, required, type FieldError } from "../../meta/field-error.ts";
import { isDNS1123Label, isDNS1123Subdomain, isInRange } from "../../meta/names.ts";
import { validateAnnotations, validateLabels } from "../../meta/validate-meta.ts";
import { validateClaimSpec } from "../persistent-volume-claim/validation.ts";
import { storageSystems, validateDriverName, validateInitiator } from "../storage-systems.ts";
import { validateDescendingPath } from "./validate-paths.ts";

export type VolumeCheck = (volume: Volume, path: string, options: { errors: FieldError[]; isPod: boolean }) => void;

const MAX_ISCSI_NAME = 64;

/** Complains about those of `names` that `source` has no text or list for. */
function need(
  source: object | undefined,
  names: readonly string[],
  { path, errors }: { path: string; errors: FieldError[] },
): void {
  for (const name of names) {
    const value = (source as Readonly<Record<string, unknown>> | undefined)?.[name];
    if (value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) {
      errors.push(required(`${path}.${name}`));
    }
  }
}

/** A source of which only the presence of some fields is asked. */
function needing(key: keyof Volume, ...names: string[]): VolumeCheck {
  return (volume, path, { errors }) => {
    need(volume[key] as object | undefined, names, { path, errors });
  };
}

function checkPartition(partition: number | undefined, path: string, errors: FieldError[]): void {
  if (partition === undefined || (partition >= 0 && partition <= 255)) return;
  errors.push(invalidValue(`${path}.partition`, partition, isInRange(partition, 1, 255).join("")));
}

function checkSecret(secret: { name?: string | undefined } | undefined, path: string, errors: FieldError[]): void {
  if (secret !== undefined && !secret.name) errors.push(required(`${path}.secretRef.name`));
}

export const storageChecks: Partial<Record<keyof Volume, VolumeCheck>> = {
  glusterfs: needing("glusterfs", "endpoints", "path"),
  rbd: needing("rbd", "monitors", "image"),
  cephfs: needing("cephfs", "monitors"),
  azureFile: needing("azureFile", "secretName", "shareName"),
  vsphereVolume: needing("vsphereVolume", "volumePath"),
  photonPersistentDisk: needing("photonPersistentDisk", "pdID"),
  portworxVolume: needing("portworxVolume", "volumeID"),
  scaleIO: needing("scaleIO", "gateway", "system", "volumeName"),
  gitRepo({ gitRepo }, path, { errors }) {
    need(gitRepo, ["repository"], { path, errors });
    validateDescendingPath(gitRepo?.directory ?? "", `${path}.directory`, errors);
  },
  gcePersistentDisk({ gcePersistentDisk }, path, { errors }) {
    // Upstream's name for the field.
    const field = path.replace(/gcePersistentDisk$/, "persistentDisk");
    need(gcePersistentDisk, ["pdName"], { path: field, errors });
    checkPartition(gcePersistentDisk?.partition, field, errors);
  },
  awsElasticBlockStore({ awsElasticBlockStore }, path, { errors }) {
    need(awsElasticBlockStore, ["volumeID"], { path, errors });
    checkPartition(awsElasticBlockStore?.partition, path, errors);
  },
  nfs({ nfs }, path, { errors }) {
    need(nfs, ["server", "path"], { path, errors });
    const at = nfs?.path ?? "";
    if (!at.startsWith("/")) errors.push(invalidValue(`${path}.path`, at, "must be an absolute path"));
  },
  iscsi({ name = "", iscsi }, path, { errors }) {
    const { targetPortal = "", iqn = "", lun = 0, initiatorName, chapAuthDiscovery, chapAuthSession } = iscsi ?? {};
    need(iscsi, ["targetPortal", "iqn"], { path, errors });
    if (iqn !== "") validateInitiator(iqn, `${path}.iqn`, errors);
    if (lun < 0 || lun > 255) errors.push(invalidValue(`${path}.lun`, lun, isInRange(lun, 0, 255).join("")));
    if ((chapAuthDiscovery === true || chapAuthSession === true) && iscsi?.secretRef === undefined) {
      errors.push(required(`${path}.secretRef`));
    }
    if (initiatorName === undefined) return;
    validateInitiator(initiatorName, `${path}.initiatorname`, errors);
    if (`${name}:${targetPortal}`.length > MAX_ISCSI_NAME) {
      const detail =
        "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";
      errors.push(invalidValue(path.replace(/iscsi$/, "name"), name, detail));
    }
  },
  flocker: ({ flocker = {} }, path, { errors }) => storageSystems.flocker(flocker, path, errors),
  cinder({ cinder }, path, { errors }) {
    need(cinder, ["volumeID"], { path, errors });
    checkSecret(cinder?.secretRef, path, errors);
  },
  quobyte: ({ quobyte = {} }, path, { errors }) => storageSystems.quobyte(quobyte, path, errors),
  fc: ({ fc = {} }, path, { errors }) => storageSystems.fc(fc, path, errors),
  flexVolume: ({ flexVolume = {} }, path, { errors }) => storageSystems.flexVolume(flexVolume, path, errors),
  azureDisk: ({ azureDisk = {} }, path, { errors }) => storageSystems.azureDisk(azureDisk, path, errors),
  storageos({ storageos }, path, { errors }) {
    need(storageos, ["volumeName"], { path, errors });
    for (const name of ["volumeName", "volumeNamespace"] as const) {
      const value = storageos?.[name];
      if (value) for (const text of isDNS1123Label(value)) errors.push(invalidValue(`${path}.${name}`, value, text));
    }
    checkSecret(storageos?.secretRef, path, errors);
  },
  csi({ csi }, path, { errors }) {
    validateDriverName(csi?.driver ?? "", `${path}.driver`, errors);
    const secret = csi?.nodePublishSecretRef;
    if (secret === undefined) return;
    if (!secret.name) errors.push(required(`${path}.nodePublishSecretRef.name`));
    else
      for (const text of isDNS1123Subdomain(secret.name)) errors.push(invalidValue(`${path}.name`, secret.name, text));
  },
  ephemeral({ ephemeral }, path, { errors }) {
    const field = `${path}.volumeClaimTemplate`;
    const template = ephemeral?.volumeClaimTemplate;
    if (template === undefined) {
      errors.push(required(field));
      return;
    }
    const { annotations, labels, ...others } = template.metadata ?? {};
    if (annotations !== undefined) validateAnnotations(annotations, `${field}.metadata.annotations`, errors);
    if (labels !== undefined) validateLabels(labels, `${field}.metadata.labels`, errors);
    for (const [name, value] of Object.entries(others)) {
      if (value) errors.push(forbiddenField(`${field}.metadata.${name}`, "cannot be set"));
    }
    validateClaimSpec(template.spec ?? {}, `${field}.spec`, errors);
  },
};
