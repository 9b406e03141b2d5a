/**
 * Volumes. Upstream: pkg/apis/core/validation/validation.go (ValidateVolumes, validateVolumeSource).
 * Simplified: of the sources that no part of this cluster can mount, only that there is one of them is checked.
 */
import type { DownwardAPIVolumeFile, KeyToPath, Volume, VolumeProjection } from "../../generated/types.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  type FieldError,
} from "../../meta/field-error.ts";
import { ENUM_FACTS } from "../../meta/field-facts.ts";
import { isDNS1123Label } from "../../meta/names.ts";
import { parseQuantity } from "../../meta/quantity.ts";
import { validateFieldReference, validateResourceReference } from "./validate-env.ts";

const MODE_DETAIL = "must be a number between 0 and 0777 (octal), both inclusive";
const FILE_FIELDS = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

/** Names of the volumes that are sound enough to be mounted; complaints go to `errors`. */
export function validateVolumes(volumes: readonly Volume[], field: string, errors: FieldError[]): Set<string> {
  const names = new Set<string>();
  for (const [index, volume] of volumes.entries()) {
    const path = `${field}[${index}]`;
    const name = volume.name ?? "";
    const before = errors.length;
    validateSource(volume, path, errors);
    if (name === "") errors.push(required(`${path}.name`));
    else for (const text of isDNS1123Label(name)) errors.push(invalidValue(`${path}.name`, name, text));
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
    if (errors.length === before) names.add(name);
  }
  return names;
}

function validateSource(volume: Volume, path: string, errors: FieldError[]): void {
  const sources = Object.keys(volume).filter((key) => key !== "name" && volume[key as keyof Volume] !== undefined);
  if (sources.length === 0) errors.push(required(path, "must specify a volume type"));
  for (const extra of sources.slice(1)) {
    errors.push(forbiddenField(`${path}.${extra}`, "may not specify more than 1 volume type"));
  }
  const first = sources[0];
  if (first === undefined) return;
  const check = CHECKS[first as keyof Volume];
  check?.(volume, `${path}.${first}`, errors);
}

type Check = (volume: Volume, path: string, errors: FieldError[]) => void;

const CHECKS: Partial<Record<keyof Volume, Check>> = {
  emptyDir({ emptyDir }, path, errors) {
    const { sizeLimit } = emptyDir ?? {};
    if (sizeLimit !== undefined && parseQuantity(sizeLimit).unscaled < 0n) {
      errors.push(forbiddenField(`${path}.sizeLimit`, "SizeLimit field must be a valid resource quantity"));
    }
  },
  hostPath({ hostPath }, path, errors) {
    if (!hostPath?.path) errors.push(required(`${path}.path`));
    else validateNoBacksteps(hostPath.path, `${path}.path`, errors);
    const types = ENUM_FACTS["HostPathVolumeSource.type"] ?? [];
    const type = hostPath?.type;
    if (type !== undefined && !types.includes(type)) {
      errors.push(
        notSupported(
          `${path}.type`,
          type,
          types.filter((item) => item !== ""),
        ),
      );
    }
  },
  secret({ secret }, path, errors) {
    if (!secret?.secretName) errors.push(required(`${path}.secretName`));
    validateMode(secret?.defaultMode, `${path}.defaultMode`, errors);
    validateItems(secret?.items, `${path}.items`, errors);
  },
  configMap({ configMap }, path, errors) {
    if (!configMap?.name) errors.push(required(`${path}.name`));
    validateMode(configMap?.defaultMode, `${path}.defaultMode`, errors);
    validateItems(configMap?.items, `${path}.items`, errors);
  },
  downwardAPI({ downwardAPI }, path, errors) {
    validateMode(downwardAPI?.defaultMode, `${path}.defaultMode`, errors);
    for (const item of downwardAPI?.items ?? []) validateDownwardFile(item, path, errors);
  },
  persistentVolumeClaim({ persistentVolumeClaim }, path, errors) {
    if (!persistentVolumeClaim?.claimName) errors.push(required(`${path}.claimName`));
  },
  nfs({ nfs }, path, errors) {
    if (!nfs?.server) errors.push(required(`${path}.server`));
    if (!nfs?.path) errors.push(required(`${path}.path`));
    else if (!nfs.path.startsWith("/")) errors.push(invalidValue(`${path}.path`, nfs.path, "must be an absolute path"));
  },
  projected({ projected }, path, errors) {
    validateMode(projected?.defaultMode, `${path}.defaultMode`, errors);
    validateProjections(projected?.sources ?? [], path, errors);
  },
  csi({ csi }, path, errors) {
    if (!csi?.driver) errors.push(required(`${path}.driver`));
  },
  image({ image }, path, errors) {
    if (!image?.reference) errors.push(required(`${path}.reference`));
    const policies = ENUM_FACTS["ImageVolumeSource.pullPolicy"] ?? [];
    const policy = image?.pullPolicy;
    if (policy !== undefined && !policies.includes(policy)) {
      errors.push(notSupported(`${path}.pullPolicy`, policy, policies));
    }
  },
};

function validateMode(mode: number | undefined, field: string, errors: FieldError[]): void {
  if (mode !== undefined && (mode < 0 || mode > 0o777)) errors.push(invalidValue(field, mode, MODE_DETAIL));
}

function validateItems(items: readonly KeyToPath[] | undefined, field: string, errors: FieldError[]): void {
  for (const [index, { key, path, mode }] of (items ?? []).entries()) {
    if (!key) errors.push(required(`${field}[${index}].key`));
    if (!path) errors.push(required(`${field}[${index}].path`));
    else validateLocalPath(path, `${field}[${index}].path`, errors);
    validateMode(mode, `${field}[${index}].mode`, errors);
  }
}

function validateDownwardFile(file: DownwardAPIVolumeFile, field: string, errors: FieldError[]): void {
  if (!file.path) errors.push(required(`${field}.path`));
  else validateLocalPath(file.path, `${field}.path`, errors);
  if (file.fieldRef !== undefined) {
    validateFieldReference(file.fieldRef, `${field}.fieldRef`, { errors, supported: FILE_FIELDS });
    if (file.resourceFieldRef !== undefined) {
      errors.push(invalidValue(field, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"));
    }
  } else if (file.resourceFieldRef !== undefined) {
    validateResourceReference(file.resourceFieldRef, `${field}.resourceFieldRef`, { errors, inVolume: true });
  } else {
    errors.push(required(field, "one of fieldRef and resourceFieldRef is required"));
  }
  validateMode(file.mode, `${field}.mode`, errors);
}

function validateProjections(sources: readonly VolumeProjection[], field: string, errors: FieldError[]): void {
  for (const [index, source] of sources.entries()) {
    const path = `${field}.sources[${index}]`;
    const present = Object.keys(source).filter((key) => source[key as keyof VolumeProjection] !== undefined);
    for (const extra of present.slice(1)) {
      errors.push(forbiddenField(`${path}.${extra}`, "may not specify more than 1 volume type per source"));
    }
    for (const name of ["secret", "configMap"] as const) {
      const projection = source[name];
      if (projection === undefined) continue;
      if (!projection.name) errors.push(required(`${path}.${name}.name`));
      validateItems(projection.items, `${path}.${name}.items`, errors);
    }
    for (const item of source.downwardAPI?.items ?? []) validateDownwardFile(item, `${path}.downwardAPI`, errors);
    const token = source.serviceAccountToken;
    if (token !== undefined) {
      const at = `${path}.serviceAccountToken`;
      const seconds = token.expirationSeconds ?? 3600;
      if (seconds < 600)
        errors.push(
          invalidValue(`${at}.expirationSeconds`, seconds, "may not specify a duration less than 10 minutes"),
        );
      if (seconds > 2 ** 32)
        errors.push(
          invalidValue(`${at}.expirationSeconds`, seconds, "may not specify a duration larger than 2^32 seconds"),
        );
      if (!token.path) errors.push(required(`${at}.path`));
      else validateLocalPath(token.path, `${at}.path`, errors);
    }
  }
}

/** A path inside the volume: relative, without `..`. */
export function validateLocalPath(path: string, field: string, errors: FieldError[]): void {
  validateDescendingPath(path, field, errors);
  if (path.startsWith("..") && !path.startsWith("../")) {
    errors.push(invalidValue(field, path, "must not start with '..'"));
  }
}

export function validateDescendingPath(path: string, field: string, errors: FieldError[]): void {
  if (path.startsWith("/")) errors.push(invalidValue(field, path, "must be a relative path"));
  validateNoBacksteps(path, field, errors);
}

export function validateNoBacksteps(path: string, field: string, errors: FieldError[]): void {
  if (path.split("/").includes("..")) errors.push(invalidValue(field, path, "must not contain '..'"));
}
