/** Files that volumes are made of. Upstream: validateKeyToPath, validateDownwardAPIVolumeFile in pkg/apis/core/validation/validation.go. */
import type { DownwardAPIVolumeFile, KeyToPath } from "../../generated/types.ts";
import { invalidValue, required, type FieldError } from "../../meta/field-error.ts";
import { validateFieldReference, validateResourceReference } from "./validate-env.ts";
import { validateLocalPath } from "./validate-paths.ts";

const MODE_DETAIL = "must be a number between 0 and 0777 (octal), both inclusive";
const FILE_FIELDS = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

export function validateMode(mode: number | undefined, field: string, errors: FieldError[]): void {
  if (mode !== undefined && (mode < 0 || mode > 0o777)) errors.push(invalidValue(field, mode, MODE_DETAIL));
}

export function validateItems(items: readonly KeyToPath[] | undefined, field: string, errors: FieldError[]): void {
  for (const [index, item] of (items ?? []).entries()) validateKeyToPath(item, `${field}[${index}]`, errors);
}

export function validateKeyToPath({ key, path, mode }: KeyToPath, field: string, errors: FieldError[]): void {
  if (!key) errors.push(required(`${field}.key`));
  if (!path) errors.push(required(`${field}.path`));
  validateLocalPath(path ?? "", `${field}.path`, errors);
  validateMode(mode, `${field}.mode`, errors);
}

export function validateDownwardFile(file: DownwardAPIVolumeFile, field: string, errors: FieldError[]): void {
  if (!file.path) errors.push(required(`${field}.path`));
  validateLocalPath(file.path ?? "", `${field}.path`, errors);
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
