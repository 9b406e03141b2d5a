/**
 * What a persistent volume can be made of. Upstream: the validate…VolumeSource functions of
 * pkg/apis/core/validation/validation.go, in the order of ValidatePersistentVolumeSpec.
 */
import type { ISCSIPersistentVolumeSource, PersistentVolumeSpec, SecretReference } from "../../generated/types.ts";
import { forbiddenField, invalidValue, notSupported, required, type FieldError } from "../../meta/field-error.ts";
import { ENUM_FACTS } from "../../meta/field-facts.ts";
import { isDNS1123Label, isDNS1123Subdomain, isInRange } from "../../meta/names.ts";
import { storageSystems, validateDriverName, validateInitiator } from "../storage-systems.ts";
import { validateNoBacksteps } from "../pod/validate-paths.ts";

const MAX_PORTAL = 64;
const PARTITIONS = isInRange(0, 1, 255)[0] as string;

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
  flocker: (source, at) => storageSystems.flocker(source, at.path, at.errors),
  nfs({ server, path }, at) {
    need(at, { server, path });
    if (!path?.startsWith("/")) at.errors.push(invalidValue(`${at.path}.path`, path ?? "", "must be an absolute path"));
  },
  rbd: ({ monitors = [], image }, at) => void (needItems(at, { monitors }), need(at, { image })),
  quobyte: (source, at) => storageSystems.quobyte(source, at.path, at.errors),
  cephfs: ({ monitors = [] }, at) => void needItems(at, { monitors }),
  iscsi: checkIscsi,
  cinder({ volumeID, secretRef }, at) {
    need(at, { volumeID });
    needReference(secretRef, `${at.path}.secretRef`, at.errors);
  },
  fc: (source, at) => storageSystems.fc(source, at.path, at.errors),
  flexVolume: (source, at) => storageSystems.flexVolume(source, at.path, at.errors),
  azureFile({ secretName, shareName, secretNamespace }, at) {
    need(at, { secretName, shareName });
    if (secretNamespace !== undefined) need(at, { secretNamespace });
  },
  vsphereVolume: ({ volumePath }, at) => void need(at, { volumePath }),
  photonPersistentDisk: ({ pdID }, at) => void need(at, { pdID }),
  portworxVolume: ({ volumeID }, at) => void need(at, { volumeID }),
  azureDisk: (source, at) => storageSystems.azureDisk(source, at.path, at.errors),
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

function checkIscsi(source: ISCSIPersistentVolumeSource, at: Place): void {
  const { path, errors, volume } = at;
  const { targetPortal = "", iqn = "", lun = 0, initiatorName, secretRef } = source;
  need(at, { targetPortal });
  if (need(at, { iqn })) validateInitiator(iqn, `${path}.iqn`, errors);
  for (const text of isInRange(lun, 0, 255)) errors.push(invalidValue(`${path}.lun`, lun, text));
  if ((source.chapAuthDiscovery || source.chapAuthSession) && secretRef === undefined) {
    errors.push(required(`${path}.secretRef`));
  }
  if (secretRef !== undefined && !secretRef.name) errors.push(required(`${path}.secretRef.name`));
  if (initiatorName === undefined) return;
  validateInitiator(initiatorName, `${path}.initiatorname`, errors);
  if (`${volume}:${targetPortal}`.length > MAX_PORTAL) {
    const detail =
      "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";
    errors.push(invalidValue(`${path}.targetportal`, targetPortal, detail));
  }
}
