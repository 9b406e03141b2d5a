/**
 * What volumes and claims have in common: access modes, classes, sizes. Upstream: pkg/apis/core/v1/helper,
 * pkg/apis/core/validation/validation.go.
 */
import { forbiddenField, invalidValue, notSupported, type FieldError } from "../meta/field-error.ts";
import { isDNS1123Subdomain } from "../meta/names.ts";
import { parseQuantity, quantityValue } from "../meta/quantity.ts";

export const UNSET = "<unset>";
export const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";
export const VOLUME_MODES = ["Block", "Filesystem"];

const ACCESS_MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

/** `RWO,ROX`, in one order and each once. */
export function formatAccessModes(modes: readonly string[] | undefined): string {
  return Object.keys(ACCESS_MODES)
    .filter((mode) => modes?.includes(mode))
    .map((mode) => ACCESS_MODES[mode])
    .join(",");
}

interface Classified {
  metadata?: { annotations?: Readonly<Record<string, string>> | undefined } | undefined;
  spec: { storageClassName?: string | undefined };
}

/** The class by the annotation of old, or by the field. */
export function storageClassOf({ metadata, spec }: Classified): string {
  return metadata?.annotations?.[CLASS_ANNOTATION] ?? spec.storageClassName ?? "";
}

export function validateAccessModes(modes: readonly string[], field: string, errors: FieldError[]): void {
  const known = Object.keys(ACCESS_MODES);
  for (const mode of modes) if (!known.includes(mode)) errors.push(notSupported(field, mode, known));
  const others = modes.some((mode) => mode !== "ReadWriteOncePod" && known.includes(mode));
  if (others && modes.includes("ReadWriteOncePod")) {
    errors.push(forbiddenField(field, "may not use ReadWriteOncePod with other access modes"));
  }
}

/** Names of storage classes and volume attribute classes. */
export function validateClassName(name: string, field: string, errors: FieldError[]): void {
  for (const text of isDNS1123Subdomain(name)) errors.push(invalidValue(field, name, text));
}

/** Says whether it is. */
export function validatePositive(text: string, field: string, errors: FieldError[]): boolean {
  if (parseQuantity(text).unscaled > 0n) return true;
  errors.push(invalidValue(field, text, "must be greater than zero"));
  return false;
}

/** Upstream: validateBasicResource. */
export function validateNotNegative(text: string, field: string, errors: FieldError[]): void {
  const value = quantityValue(text);
  if (value < 0) errors.push(invalidValue(field, value, "must be a valid resource quantity"));
}

/** Upstream: pkg/api/persistentvolume/util.go and pkg/api/persistentvolumeclaim/util.go. */
export function annotationWarnings(annotations: Readonly<Record<string, string>> | undefined, names: object): string[] {
  return Object.entries(names)
    .filter(([annotation]) => annotations?.[annotation] !== undefined)
    .map(
      ([annotation, instead]) =>
        `metadata.annotations[${annotation}]: deprecated since ${String(instead)} attribute instead`,
    );
}
