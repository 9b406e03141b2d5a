/**
 * What a volume of a pod and a persistent volume say alike of a storage system. Upstream: the validate…VolumeSource
 * functions of pkg/apis/core/validation/validation.go.
 */
import type {
  AzureDiskVolumeSource,
  FCVolumeSource,
  FlexPersistentVolumeSource,
  FlexVolumeSource,
  FlockerVolumeSource,
  QuobyteVolumeSource,
} from "../generated/types.ts";
import { invalidValue, notSupported, required, tooLong, type FieldError } from "../meta/field-error.ts";
import { isDNS1123Subdomain, isInRange } from "../meta/names.ts";

const MAX_DRIVER_NAME = 63;
const INITIATORS: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.([a-zA-Z0-9-.]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[a-zA-Z0-9]{16}$/,
  naa: /^naa.[a-zA-Z0-9]{32}$/,
};
const MANAGED_DISK = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
const BLOB_DISK = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";

export const storageSystems = { azureDisk, fc, flexVolume, flocker, quobyte };

function azureDisk(source: Partial<AzureDiskVolumeSource>, path: string, errors: FieldError[]): void {
  const { diskName = "", diskURI = "", cachingMode, kind } = source;
  const modes = ["None", "ReadOnly", "ReadWrite"];
  const kinds = ["Dedicated", "Managed", "Shared"];
  if (diskName === "") errors.push(required(`${path}.diskName`));
  if (diskURI === "") errors.push(required(`${path}.diskURI`));
  if (cachingMode !== undefined && !modes.includes(cachingMode)) {
    errors.push(notSupported(`${path}.cachingMode`, cachingMode, modes));
  }
  if (kind === undefined) return;
  if (!kinds.includes(kind)) errors.push(notSupported(`${path}.kind`, kind, kinds));
  const managed = kind === "Managed";
  if (diskURI.startsWith(managed ? "/subscriptions/" : "https://")) return;
  errors.push(notSupported(`${path}.diskURI`, diskURI, [managed ? MANAGED_DISK : BLOB_DISK]));
}

function fc({ targetWWNs = [], wwids = [], lun }: FCVolumeSource, path: string, errors: FieldError[]): void {
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
}

function flexVolume(
  { driver = "", options = {} }: Partial<FlexVolumeSource | FlexPersistentVolumeSource>,
  path: string,
  errors: FieldError[],
): void {
  if (driver === "") errors.push(required(`${path}.driver`));
  for (const key of Object.keys(options)) {
    const owner = `.${(key.split("/")[0] as string).toLowerCase()}`;
    if (!owner.endsWith(".kubernetes.io") && !owner.endsWith(".k8s.io")) continue;
    const detail = "kubernetes.io and k8s.io namespaces are reserved";
    errors.push(invalidValue(`${path}.options[${key}]`, key, detail));
  }
}

function flocker(
  { datasetName = "", datasetUUID = "" }: FlockerVolumeSource,
  path: string,
  errors: FieldError[],
): void {
  if (datasetName === "" && datasetUUID === "") {
    errors.push(required(path, "one of datasetName and datasetUUID is required"));
  }
  if (datasetName !== "" && datasetUUID !== "") {
    errors.push(invalidValue(path, "resource", "datasetName and datasetUUID can not be specified simultaneously"));
  }
  if (datasetName.includes("/")) errors.push(invalidValue(`${path}.datasetName`, datasetName, "must not contain '/'"));
}

function quobyte(
  { registry = "", tenant = "", volume = "" }: Partial<QuobyteVolumeSource>,
  path: string,
  errors: FieldError[],
): void {
  const detail = "must be a host:port pair or multiple pairs separated by commas";
  if (registry === "") errors.push(required(`${path}.registry`, detail));
  else if (tenant.length >= 65) {
    errors.push(required(`${path}.tenant`, "must be a UUID and may not exceed a length of 64 characters"));
  } else {
    for (const pair of registry.split(",")) {
      if (!isHostPort(pair)) errors.push(invalidValue(`${path}.registry`, registry, detail));
    }
  }
  if (volume === "") errors.push(required(`${path}.volume`));
}

/** Go's net.SplitHostPort, as a question. */
function isHostPort(text: string): boolean {
  const [, host = ""] = /^(.*):([^:]*)$/.exec(text) ?? [undefined, ":"];
  return /^\[[^[\]]*\]$/.test(host) || !/[:[\]]/.test(host);
}

/** The name of an iSCSI node, in the form that its beginning announces. */
export function validateInitiator(name: string, field: string, errors: FieldError[]): void {
  const form = name.slice(0, 3);
  const pattern = Object.hasOwn(INITIATORS, form) ? INITIATORS[form] : undefined;
  if (pattern === undefined) {
    errors.push(invalidValue(field, name, "must be valid format starting with iqn, eui, or naa"));
  } else if (!pattern.test(name)) errors.push(invalidValue(field, name, "must be valid format"));
}

/** Upstream: ValidateCSIDriverName. */
export function validateDriverName(name: string, field: string, errors: FieldError[]): void {
  if (name === "") errors.push(required(field));
  if (name.length > MAX_DRIVER_NAME) errors.push(tooLong(field, name, MAX_DRIVER_NAME));
  for (const text of isDNS1123Subdomain(name.toLowerCase())) errors.push(invalidValue(field, name, text));
}
