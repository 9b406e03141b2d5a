/**
 * What a persistent volume can be made of. Upstream: the validate…VolumeSource functions of
 * pkg/apis/core/validation/validation.go, in the order of ValidatePersistentVolumeSpec.
 */
import type { ISCSIPersistentVolumeSource, PersistentVolumeSpec, SecretReference } from "../../generated/types.ts";
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
  type FieldError,
} from "../../meta/field-error.ts";
import { ENUM_FACTS } from "../../meta/field-facts.ts";
import { isDNS1123Label, isDNS1123Subdomain, isInRange } from "../../meta/names.ts";
import { validateNoBacksteps } from "../pod/validate-paths.ts";

const MAX_DRIVER_NAME = 63;
const MAX_PORTAL = 64;
const PARTITIONS = isInRange(0, 1, 255)[0] as string;
const IQN = /iqn\.\d{4}-\d{2}\.([A-Za-z0-9.-]+)(:[^,;*&$|\s]+)$/;
const EUI = /^eui.[A-Za-z0-9]{16}$/;
const NAA = /^naa.[A-Za-z0-9]{32}$/;
const MANAGED_DISK = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
const BLOB_DISK = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";

interface Place {
  path: string;
  errors: FieldError[];
  /** Name of the volume. */
  volume: string;
}

type Checks = {
  [K in keyof PersistentVolumeSpec]?: (source: NonNullable<PersistentVolumeSpec[K]>, at: Place) => void;
};

/** Checks of each source; the order is upstream's, in which the first one that is there counts. */
const CHECKS: Checks = {
  hostPath({ path, type }, at) {
    if (!need(at, { path })) return;
    validateNoBacksteps(path, `${at.path}.path`, at.errors);
    oneOf(at, "type", type, ENUM_FACTS["HostPathVolumeSource.type"] ?? []);
  },
  gcePersistentDisk({ pdName, partition = 0 }, at) {
    need(at, { pdName });
    if (partition < 0 || partition > 255) at.errors.push(invalidValue(`${at.path}.partition`, partition, PARTITIONS));
  },
  awsElasticBlockStore({ volumeID, partition = 0 }, at) {
    need(at, { volumeID });
    if (partition < 0 || partition > 255) at.errors.push(invalidValue(`${at.path}.partition`, partition, PARTITIONS));
  },
  glusterfs({ endpoints, path, endpointsNamespace }, at) {
    need(at, { endpoints, path });
    if (endpointsNamespace === undefined) return;
    const field = `${at.path}.endpointsNamespace`;
    const detail = "if the endpointnamespace is set, it must be a valid namespace name";
    if (endpointsNamespace === "") at.errors.push(invalidValue(field, endpointsNamespace, detail));
    else
      for (const text of isDNS1123Label(endpointsNamespace))
        at.errors.push(invalidValue(field, endpointsNamespace, text));
  },
  flocker({ datasetName = "", datasetUUID = "" }, { path, errors }) {
    if (datasetName === "" && datasetUUID === "") {
      errors.push(required(path, "one of datasetName and datasetUUID is required"));
    }
    if (datasetName !== "" && datasetUUID !== "") {
      errors.push(invalidValue(path, "resource", "datasetName and datasetUUID can not be specified simultaneously"));
    }
    if (datasetName.includes("/"))
      errors.push(invalidValue(`${path}.datasetName`, datasetName, "must not contain '/'"));
  },
  nfs({ server, path }, at) {
    need(at, { server, path });
    if (!path?.startsWith("/")) at.errors.push(invalidValue(`${at.path}.path`, path ?? "", "must be an absolute path"));
  },
  rbd: ({ monitors = [], image }, at) => void (needItems(at, { monitors }), need(at, { image })),
  quobyte({ registry = "", tenant = "", volume }, at) {
    const detail = "must be a host:port pair or multiple pairs separated by commas";
    if (registry === "") at.errors.push(required(`${at.path}.registry`, detail));
    else if (tenant.length >= 65) {
      at.errors.push(required(`${at.path}.tenant`, "must be a UUID and may not exceed a length of 64 characters"));
    } else {
      for (const pair of registry.split(",")) {
        if (!/^(\[[^\]]*\]|[^:[\]]*):[^:]*$/.test(pair)) {
          at.errors.push(invalidValue(`${at.path}.registry`, registry, detail));
        }
      }
    }
    need(at, { volume });
  },
  cephfs: ({ monitors = [] }, at) => void needItems(at, { monitors }),
  iscsi: checkIscsi,
  cinder({ volumeID, secretRef }, at) {
    need(at, { volumeID });
    needReference(secretRef, `${at.path}.secretRef`, at.errors);
  },
  fc({ targetWWNs = [], wwids = [], lun }, { path, errors }) {
    if (targetWWNs.length === 0 && wwids.length === 0) {
      errors.push(required(`${path}.targetWWNs`, "must specify either targetWWNs or wwids, but not both"));
    }
    if (targetWWNs.length === 0) return;
    if (wwids.length > 0) {
      const detail = "targetWWNs and wwids can not be specified simultaneously";
      errors.push(invalidValue(`${path}.targetWWNs`, targetWWNs, detail));
    }
    if (lun === undefined) errors.push(required(`${path}.lun`, "lun is required if targetWWNs is specified"));
    else for (const text of isInRange(lun, 0, 255)) errors.push(invalidValue(`${path}.lun`, lun, text));
  },
  flexVolume({ driver, options = {} }, at) {
    need(at, { driver });
    for (const key of Object.keys(options)) {
      const domain = `.${(key.includes("/") ? key.slice(0, key.indexOf("/")) : key).toLowerCase()}`;
      if (!domain.endsWith(".kubernetes.io") && !domain.endsWith(".k8s.io")) continue;
      const detail = "kubernetes.io and k8s.io namespaces are reserved";
      at.errors.push(invalidValue(`${at.path}.options[${key}]`, key, detail));
    }
  },
  azureFile({ secretName, shareName, secretNamespace }, at) {
    need(at, { secretName, shareName });
    if (secretNamespace !== undefined) need(at, { secretNamespace });
  },
  vsphereVolume: ({ volumePath }, at) => void need(at, { volumePath }),
  photonPersistentDisk: ({ pdID }, at) => void need(at, { pdID }),
  portworxVolume: ({ volumeID }, at) => void need(at, { volumeID }),
  azureDisk({ diskName, diskURI = "", cachingMode, kind }, at) {
    need(at, { diskName, diskURI });
    oneOf(at, "cachingMode", cachingMode, ["None", "ReadOnly", "ReadWrite"]);
    oneOf(at, "kind", kind, ["Dedicated", "Managed", "Shared"]);
    if (kind === undefined) return;
    const managed = kind === "Managed";
    if (diskURI.startsWith(managed ? "/subscriptions/" : "https://")) return;
    at.errors.push(notSupported(`${at.path}.diskURI`, diskURI, [managed ? MANAGED_DISK : BLOB_DISK]));
  },
  scaleIO: ({ gateway, system, volumeName }, at) => void need(at, { gateway, system, volumeName }),
  local({ path }, at) {
    if (need(at, { path })) validateNoBacksteps(path, `${at.path}.path`, at.errors);
  },
  storageos({ volumeName = "", volumeNamespace = "", secretRef }, at) {
    if (need(at, { volumeName })) label(at, { volumeName });
    if (volumeNamespace !== "") label(at, { volumeNamespace });
    needReference(secretRef, `${at.path}.secretRef`, at.errors);
  },
  csi(source, at) {
    validateDriverName(source.driver ?? "", `${at.path}.driver`, at.errors);
    need(at, { volumeHandle: source.volumeHandle });
    for (const name of SECRETS)
      if (source[name] !== undefined) checkSecret(source[name], `${at.path}.${name}`, at.errors);
  },
};

const SECRETS = [
  "controllerPublishSecretRef",
  "controllerExpandSecretRef",
  "nodePublishSecretRef",
  "nodeExpandSecretRef",
] as const;

/** Where upstream's paths aren't the field's name: in the check, and in "more than one". */
const CHECK_PATHS: Partial<Record<keyof PersistentVolumeSpec, string>> = { gcePersistentDisk: "persistentDisk" };
const EXTRA_PATHS: Partial<Record<keyof PersistentVolumeSpec, string>> = { cephfs: "cephFS" };

export const SOURCE_NAMES = Object.keys(CHECKS) as (keyof PersistentVolumeSpec)[];

/** There is exactly one source, and it is sound. */
export function validateVolumeSources(
  spec: PersistentVolumeSpec,
  { field, volume }: { field: string; volume: string },
  errors: FieldError[],
): void {
  let found = false;
  for (const name of SOURCE_NAMES) {
    const source = spec[name];
    if (source === undefined) continue;
    // Upstream forgets to ask for flexVolume.
    if (found && name !== "flexVolume") {
      errors.push(forbiddenField(`${field}.${EXTRA_PATHS[name] ?? name}`, "may not specify more than 1 volume type"));
      continue;
    }
    found = true;
    const check = CHECKS[name] as (source: unknown, at: Place) => void;
    check(source, { path: `${field}.${CHECK_PATHS[name] ?? name}`, errors, volume });
    if (name === "local" && spec.nodeAffinity === undefined) {
      errors.push(required(`${field}.nodeAffinity`, "Local volume requires node affinity"));
    }
  }
  if (!found) errors.push(required(field, "must specify a volume type"));
}

/** Complains of each text that isn't there; says whether all are. */
function need({ path, errors }: Place, fields: Readonly<Record<string, string | undefined>>): boolean {
  const missing = Object.keys(fields).filter((name) => !fields[name]);
  for (const name of missing) errors.push(required(`${path}.${name}`));
  return missing.length === 0;
}

function needItems({ path, errors }: Place, fields: Readonly<Record<string, readonly string[]>>): void {
  for (const name in fields) if (fields[name]?.length === 0) errors.push(required(`${path}.${name}`));
}

function oneOf({ path, errors }: Place, name: string, value: string | undefined, supported: readonly string[]): void {
  if (value !== undefined && !supported.includes(value)) errors.push(notSupported(`${path}.${name}`, value, supported));
}

function label({ path, errors }: Place, fields: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(fields)) {
    for (const text of isDNS1123Label(value)) errors.push(invalidValue(`${path}.${name}`, value, text));
  }
}

/** Only that name and namespace are there. */
function needReference(reference: SecretReference | undefined, field: string, errors: FieldError[]): void {
  if (reference === undefined) return;
  if (!reference.name) errors.push(required(`${field}.name`));
  if (!reference.namespace) errors.push(required(`${field}.namespace`));
}

function checkSecret({ name = "", namespace = "" }: SecretReference, field: string, errors: FieldError[]): void {
  if (name === "") errors.push(required(`${field}.name`));
  else for (const text of isDNS1123Subdomain(name)) errors.push(invalidValue(`${field}.name`, name, text));
  if (namespace === "") errors.push(required(`${field}.namespace`));
  else for (const text of isDNS1123Label(namespace)) errors.push(invalidValue(`${field}.namespace`, namespace, text));
}

/** Upstream: ValidateCSIDriverName. */
export function validateDriverName(name: string, field: string, errors: FieldError[]): void {
  if (name === "") errors.push(required(field));
  if (name.length > MAX_DRIVER_NAME) errors.push(tooLong(field, name, MAX_DRIVER_NAME));
  for (const text of isDNS1123Subdomain(name.toLowerCase())) errors.push(invalidValue(field, name, text));
}

function checkIscsi(source: ISCSIPersistentVolumeSource, at: Place): void {
  const { path, errors, volume } = at;
  const { targetPortal = "", iqn = "", lun = 0, initiatorName, secretRef } = source;
  need(at, { targetPortal });
  if (need(at, { iqn })) checkInitiator(iqn, `${path}.iqn`, errors);
  for (const text of isInRange(lun, 0, 255)) errors.push(invalidValue(`${path}.lun`, lun, text));
  if ((source.chapAuthDiscovery || source.chapAuthSession) && secretRef === undefined) {
    errors.push(required(`${path}.secretRef`));
  }
  if (secretRef !== undefined && !secretRef.name) errors.push(required(`${path}.secretRef.name`));
  if (initiatorName === undefined) return;
  checkInitiator(initiatorName, `${path}.initiatorname`, errors);
  if (`${volume}:${targetPortal}`.length > MAX_PORTAL) {
    const detail =
      "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";
    errors.push(invalidValue(`${path}.targetportal`, targetPortal, detail));
  }
}

function checkInitiator(name: string, field: string, errors: FieldError[]): void {
  const patterns: Readonly<Record<string, RegExp>> = { iqn: IQN, eui: EUI, naa: NAA };
  const pattern = patterns[name.slice(0, 3)];
  if (pattern === undefined) {
    errors.push(invalidValue(field, name, "must be valid format starting with iqn, eui, or naa"));
  } else if (!pattern.test(name)) errors.push(invalidValue(field, name, "must be valid format"));
}
