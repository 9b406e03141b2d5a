/**
 * Volumes that reach out to storage systems, and the claims that pods bring along.
 * Upstream: the validate…VolumeSource functions of pkg/apis/core/validation/validation.go.
 */
import type { Volume } from "../../generated/types.ts";
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
  type FieldError,
} from "../../meta/field-error.ts";
import { isDNS1123Label, isDNS1123Subdomain, isInRange } from "../../meta/names.ts";
import { validateAnnotations, validateLabels } from "../../meta/validate-meta.ts";
import { validateClaimSpec } from "../persistent-volume-claim/validation.ts";
import { validateDescendingPath } from "./validate-paths.ts";

export type VolumeCheck = (volume: Volume, path: string, options: { errors: FieldError[]; isPod: boolean }) => void;

const IQN = /iqn\.\d{4}-\d{2}\.([a-zA-Z0-9-.]+)(:[^,;*&$|\s]+)$/;
const EUI = /^eui.[a-zA-Z0-9]{16}$/;
const NAA = /^naa.[a-zA-Z0-9]{32}$/;
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

/** Whether a text is the name of an iSCSI node, by the form that its beginning announces. */
function iscsiProblem(name: string): string | undefined {
  const form = name.startsWith("iqn") ? IQN : name.startsWith("eui") ? EUI : name.startsWith("naa") ? NAA : undefined;
  if (form === undefined) return "must be valid format starting with iqn, eui, or naa";
  return form.test(name) ? undefined : "must be valid format";
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
    const problem = iqn === "" ? undefined : iscsiProblem(iqn);
    if (problem !== undefined) errors.push(invalidValue(`${path}.iqn`, iqn, problem));
    if (lun < 0 || lun > 255) errors.push(invalidValue(`${path}.lun`, lun, isInRange(lun, 0, 255).join("")));
    if ((chapAuthDiscovery === true || chapAuthSession === true) && iscsi?.secretRef === undefined) {
      errors.push(required(`${path}.secretRef`));
    }
    if (initiatorName === undefined) return;
    const wrong = iscsiProblem(initiatorName);
    if (wrong !== undefined) errors.push(invalidValue(`${path}.initiatorname`, initiatorName, wrong));
    if (`${name}:${targetPortal}`.length > MAX_ISCSI_NAME) {
      const detail =
        "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";
      errors.push(invalidValue(path.replace(/iscsi$/, "name"), name, detail));
    }
  },
  flocker({ flocker }, path, { errors }) {
    const { datasetName = "", datasetUUID = "" } = flocker ?? {};
    if (datasetName === "" && datasetUUID === "") {
      errors.push(required(path, "one of datasetName and datasetUUID is required"));
    }
    if (datasetName !== "" && datasetUUID !== "") {
      errors.push(invalidValue(path, "resource", "datasetName and datasetUUID can not be specified simultaneously"));
    }
    if (datasetName.includes("/")) {
      errors.push(invalidValue(`${path}.datasetName`, datasetName, "must not contain '/'"));
    }
  },
  cinder({ cinder }, path, { errors }) {
    need(cinder, ["volumeID"], { path, errors });
    checkSecret(cinder?.secretRef, path, errors);
  },
  quobyte({ quobyte }, path, { errors }) {
    const { registry = "", tenant = "" } = quobyte ?? {};
    const detail = "must be a host:port pair or multiple pairs separated by commas";
    if (registry === "") errors.push(required(`${path}.registry`, detail));
    else if (tenant.length >= 65) {
      errors.push(required(`${path}.tenant`, "must be a UUID and may not exceed a length of 64 characters"));
    } else {
      for (const pair of registry.split(",")) {
        if (!isHostPort(pair)) errors.push(invalidValue(`${path}.registry`, registry, detail));
      }
    }
    need(quobyte, ["volume"], { path, errors });
  },
  fc({ fc }, path, { errors }) {
    const { targetWWNs = [], wwids = [], lun } = fc ?? {};
    const field = `${path}.targetWWNs`;
    if (targetWWNs.length === 0 && wwids.length === 0) {
      errors.push(required(field, "must specify either targetWWNs or wwids, but not both"));
    }
    if (targetWWNs.length === 0) return;
    if (wwids.length > 0) {
      errors.push(invalidValue(field, targetWWNs, "targetWWNs and wwids can not be specified simultaneously"));
    }
    if (lun === undefined) errors.push(required(`${path}.lun`, "lun is required if targetWWNs is specified"));
    else for (const text of isInRange(lun, 0, 255)) errors.push(invalidValue(`${path}.lun`, lun, text));
  },
  flexVolume({ flexVolume }, path, { errors }) {
    need(flexVolume, ["driver"], { path, errors });
    for (const key of Object.keys(flexVolume?.options ?? {})) {
      const owner = `.${(key.split("/")[0] as string).toLowerCase()}`;
      if (!owner.endsWith(".kubernetes.io") && !owner.endsWith(".k8s.io")) continue;
      const detail = "kubernetes.io and k8s.io namespaces are reserved";
      errors.push(invalidValue(`${path}.options[${key}]`, key, detail));
    }
  },
  azureDisk({ azureDisk }, path, { errors }) {
    need(azureDisk, ["diskName", "diskURI"], { path, errors });
    const { cachingMode, kind, diskURI = "" } = azureDisk ?? {};
    const modes = ["None", "ReadOnly", "ReadWrite"];
    const kinds = ["Dedicated", "Managed", "Shared"];
    if (cachingMode !== undefined && !modes.includes(cachingMode)) {
      errors.push(notSupported(`${path}.cachingMode`, cachingMode, modes));
    }
    if (kind === undefined) return;
    if (!kinds.includes(kind)) errors.push(notSupported(`${path}.kind`, kind, kinds));
    const managed = kind === "Managed";
    if (diskURI.startsWith(managed ? "/subscriptions/" : "https://")) return;
    const form = managed
      ? "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
      : "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";
    errors.push(notSupported(`${path}.diskURI`, diskURI, [form]));
  },
  storageos({ storageos }, path, { errors }) {
    need(storageos, ["volumeName"], { path, errors });
    for (const name of ["volumeName", "volumeNamespace"] as const) {
      const value = storageos?.[name];
      if (value) for (const text of isDNS1123Label(value)) errors.push(invalidValue(`${path}.${name}`, value, text));
    }
    checkSecret(storageos?.secretRef, path, errors);
  },
  csi({ csi }, path, { errors }) {
    validateCSIDriverName(csi?.driver ?? "", `${path}.driver`, errors);
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

export function validateCSIDriverName(name: string, field: string, errors: FieldError[]): void {
  if (name === "") errors.push(required(field));
  if (name.length > 63) errors.push(tooLong(field, "", 63));
  for (const text of isDNS1123Subdomain(name.toLowerCase())) errors.push(invalidValue(field, name, text));
}

/** Go's net.SplitHostPort, as a question. */
function isHostPort(text: string): boolean {
  const [, host = ""] = /^(.*):([^:]*)$/.exec(text) ?? [undefined, ":"];
  return /^\[[^[\]]*\]$/.test(host) || !/[:[\]]/.test(host);
}
