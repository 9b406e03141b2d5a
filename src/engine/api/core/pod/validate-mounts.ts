/** Volume mounts and devices of a container. Upstream: ValidateVolumeMounts, ValidateVolumeDevices in pkg/apis/core/validation/validation.go. */
import type { Container, EphemeralContainer, Volume, VolumeMount } from "../../generated/types.ts";
import {
  forbiddenField,
  invalidValue,
  notFoundField,
  notSupported,
  required,
  type FieldError,
} from "../../meta/field-error.ts";
import { hasBacksteps, validateDescendingPath } from "./validate-paths.ts";

type AnyContainer = Container | EphemeralContainer;

interface MountContext {
  errors: FieldError[];
  /** Those of the pod's volumes that are sound. */
  volumes: ReadonlyMap<string, Volume>;
}

export function validateMounts(container: AnyContainer, field: string, context: MountContext): void {
  const { errors, volumes } = context;
  const { volumeMounts = [], volumeDevices = [] } = container;
  const list = `${field}.volumeMounts`;
  const paths = new Set<string>();
  for (const [index, mount] of volumeMounts.entries()) {
    const path = `${list}[${index}]`;
    const { name = "", mountPath = "", subPath = "", subPathExpr = "" } = mount;
    if (name === "") errors.push(required(`${path}.name`));
    const volume = volumes.get(name);
    if (volume === undefined) errors.push(notFoundField(`${path}.name`, name));
    if (mountPath === "") errors.push(required(`${path}.mountPath`));
    if (paths.has(mountPath)) errors.push(invalidValue(`${path}.mountPath`, mountPath, "must be unique"));
    paths.add(mountPath);
    if (volumeDevices.some((device) => device.name === name)) {
      errors.push(invalidValue(`${path}.name`, name, "must not already exist in volumeDevices"));
    }
    if (volumeDevices.some((device) => device.devicePath === mountPath)) {
      const detail = "must not already exist as a path in volumeDevices";
      errors.push(invalidValue(`${path}.mountPath`, mountPath, detail));
    }
    // Upstream gives these complaints the list's path.
    if (subPath !== "") validateDescendingPath(subPath, `${list}.subPath`, errors);
    if (subPathExpr !== "") {
      if (subPath !== "") {
        errors.push(invalidValue(`${path}.subPathExpr`, subPathExpr, "subPathExpr and subPath are mutually exclusive"));
      }
      validateDescendingPath(subPathExpr, `${list}.subPathExpr`, errors);
    }
    validatePropagation(mount, container, `${list}.mountPropagation`, errors);
    validateRecursiveReadOnly(mount, `${list}.recursiveReadOnly`, errors);
  }
}

function validatePropagation(
  { mountPropagation }: VolumeMount,
  container: AnyContainer,
  field: string,
  errors: FieldError[],
): void {
  if (mountPropagation === undefined) return;
  const supported = ["Bidirectional", "HostToContainer", "None"];
  if (!supported.includes(mountPropagation)) errors.push(notSupported(field, mountPropagation, supported));
  if (mountPropagation === "Bidirectional" && container.securityContext?.privileged !== true) {
    const detail = "Bidirectional mount propagation is available only to privileged containers";
    errors.push(forbiddenField(field, detail));
  }
}

function validateRecursiveReadOnly(mount: VolumeMount, field: string, errors: FieldError[]): void {
  const { recursiveReadOnly, readOnly, mountPropagation = "None" } = mount;
  if (recursiveReadOnly === undefined || recursiveReadOnly === "Disabled") return;
  if (recursiveReadOnly !== "Enabled" && recursiveReadOnly !== "IfPossible") {
    errors.push(notSupported(field, recursiveReadOnly, ["Disabled", "Enabled", "IfPossible"]));
    return;
  }
  if (readOnly !== true) errors.push(forbiddenField(field, "may only be specified when readOnly is true"));
  if (mountPropagation !== "None") {
    errors.push(forbiddenField(field, "may only be specified when mountPropagation is None or not specified"));
  }
}

export function validateDevices(container: AnyContainer, field: string, context: MountContext): void {
  const { errors, volumes } = context;
  const { volumeMounts = [], volumeDevices = [] } = container;
  const paths = new Set<string>();
  const names = new Set<string>();
  for (const [index, { name = "", devicePath = "" }] of volumeDevices.entries()) {
    const path = `${field}.volumeDevices[${index}]`;
    const aboutName = (detail: string): void => void errors.push(invalidValue(`${path}.name`, name, detail));
    const aboutPath = (detail: string): void =>
      void errors.push(invalidValue(`${path}.devicePath`, devicePath, detail));
    if (name === "") errors.push(required(`${path}.name`));
    if (names.has(name)) aboutName("must be unique");
    const volume = volumes.get(name);
    if (volume === undefined) errors.push(notFoundField(`${path}.name`, name));
    else if (volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined) {
      aboutName("can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode");
    }
    if (devicePath === "") errors.push(required(`${path}.devicePath`));
    if (paths.has(devicePath)) aboutPath("must be unique");
    if (hasBacksteps(devicePath)) aboutPath("can not contain backsteps ('..')");
    else paths.add(devicePath);
    if (volumeMounts.some((mount) => mount.name === name)) aboutName("must not already exist in volumeMounts");
    if (volumeMounts.some((mount) => mount.mountPath === devicePath)) {
      aboutPath("must not already exist as a path in volumeMounts");
    }
    if (name !== "") names.add(name);
  }
}
