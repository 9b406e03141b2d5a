/**
 * Volumes. Upstream: ValidateVolumes, validateVolumeSource in pkg/apis/core/validation/validation.go. The sources that
 * reach out to storage systems are in `validate-storage-sources.ts`, projected ones in `validate-projections.ts`.
 */
import type { Volume } from "../../generated/types.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  notSupportedInOrder,
  required,
  type FieldError,
} from "../../meta/field-error.ts";
import { ENUM_FACTS } from "../../meta/field-facts.ts";
import { isDNS1123Label } from "../../meta/names.ts";
import { parseQuantity } from "../../meta/quantity.ts";
import { validateNoBacksteps } from "./validate-paths.ts";
import { validateProjected } from "./validate-projections.ts";
import { storageChecks, type VolumeCheck } from "./validate-storage-sources.ts";
import { validateDownwardFile, validateItems, validateMode } from "./validate-volume-items.ts";

export const PULL_POLICIES = ["Always", "IfNotPresent", "Never"];

/** In this order a source counts as the first one or as one too many. */
const SOURCES = [
  ...["emptyDir", "hostPath", "gitRepo", "gcePersistentDisk", "awsElasticBlockStore", "secret", "nfs", "iscsi"],
  ...["glusterfs", "flocker", "persistentVolumeClaim", "rbd", "cinder", "cephfs", "quobyte", "downwardAPI", "fc"],
  ...["flexVolume", "configMap", "azureFile", "vsphereVolume", "photonPersistentDisk", "portworxVolume", "azureDisk"],
  ...["storageos", "projected", "scaleIO", "csi", "ephemeral", "image"],
] as const as readonly (keyof Volume)[];

/** Names that upstream's complaints give to sources that are one too many. */
const OTHER_NAMES: Readonly<Record<string, string>> = { cephfs: "cephFS", downwardAPI: "downwarAPI" };

export interface VolumeOptions {
  errors: FieldError[];
  /** A pod must name what a template may leave open. */
  isPod: boolean;
}

/** The volumes that are sound enough to be mounted, by name; complaints go to `errors`. */
export function validateVolumes(
  volumes: readonly Volume[],
  field: string,
  options: VolumeOptions,
): Map<string, Volume> {
  const { errors } = options;
  const sound = new Map<string, Volume>();
  for (const [index, volume] of volumes.entries()) {
    const path = `${field}[${index}]`;
    const name = volume.name ?? "";
    const before = errors.length;
    validateSource(volume, path, options);
    if (name === "") errors.push(required(`${path}.name`));
    else for (const text of isDNS1123Label(name)) errors.push(invalidValue(`${path}.name`, name, text));
    if (sound.has(name)) errors.push(duplicate(`${path}.name`, name));
    if (errors.length === before) sound.set(name, volume);
  }
  return sound;
}

function validateSource(volume: Volume, path: string, options: VolumeOptions): void {
  const { errors } = options;
  const [first, ...extra] = SOURCES.filter((key) => volume[key] !== undefined && volume[key] !== null);
  if (first === undefined) {
    errors.push(required(path, "must specify a volume type"));
    return;
  }
  CHECKS[first]?.(volume, `${path}.${first}`, options);
  for (const key of extra) {
    errors.push(forbiddenField(`${path}.${OTHER_NAMES[key] ?? key}`, "may not specify more than 1 volume type"));
  }
}

const CHECKS: Partial<Record<keyof Volume, VolumeCheck>> = {
  ...storageChecks,
  emptyDir({ emptyDir }, path, { errors }) {
    const { sizeLimit } = emptyDir ?? {};
    if (sizeLimit !== undefined && parseQuantity(sizeLimit).unscaled < 0n) {
      errors.push(forbiddenField(`${path}.sizeLimit`, "SizeLimit field must be a valid resource quantity"));
    }
  },
  hostPath({ hostPath }, path, { errors }) {
    if (!hostPath?.path) {
      errors.push(required(`${path}.path`));
      return;
    }
    validateNoBacksteps(hostPath.path, `${path}.path`, errors);
    const types = ENUM_FACTS["HostPathVolumeSource.type"] ?? [];
    const { type } = hostPath;
    if (type !== undefined && !types.includes(type)) errors.push(notSupported(`${path}.type`, type, types));
  },
  secret({ secret }, path, { errors }) {
    if (!secret?.secretName) errors.push(required(`${path}.secretName`));
    validateMode(secret?.defaultMode, `${path}.defaultMode`, errors);
    validateItems(secret?.items, `${path}.items`, errors);
  },
  configMap({ configMap }, path, { errors }) {
    if (!configMap?.name) errors.push(required(`${path}.name`));
    validateMode(configMap?.defaultMode, `${path}.defaultMode`, errors);
    validateItems(configMap?.items, `${path}.items`, errors);
  },
  downwardAPI({ downwardAPI }, path, { errors }) {
    validateMode(downwardAPI?.defaultMode, `${path}.defaultMode`, errors);
    for (const item of downwardAPI?.items ?? []) validateDownwardFile(item, path, errors);
  },
  persistentVolumeClaim({ persistentVolumeClaim }, path, { errors }) {
    if (!persistentVolumeClaim?.claimName) errors.push(required(`${path}.claimName`));
  },
  projected({ projected }, path, { errors }) {
    validateMode(projected?.defaultMode, `${path}.defaultMode`, errors);
    validateProjected(projected?.sources ?? [], path, errors);
  },
  image({ image }, path, { errors, isPod }) {
    if (isPod && !image?.reference) errors.push(required(`${path}.reference`));
    const policy = image?.pullPolicy ?? "";
    if (policy === "") errors.push(required(`${path}.pullPolicy`));
    else if (!PULL_POLICIES.includes(policy)) {
      errors.push(notSupportedInOrder(`${path}.pullPolicy`, policy, PULL_POLICIES));
    }
  },
};
