/** VolumeAttributesClass. Upstream: pkg/apis/storage, pkg/registry/storage/volumeattributesclass/strategy.go. */
import { deepEqual } from "../../base/json.ts";
import type { VolumeAttributesClass } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { forbiddenField, required, type FieldError } from "../meta/field-error.ts";
import { defineResource } from "../meta/resource.ts";
import { validateParameters, validateProvisioner } from "./validation.ts";

export const volumeAttributesClasses = defineResource<VolumeAttributesClass>({
  group: "storage.k8s.io",
  version: "v1",
  kind: "VolumeAttributesClass",
  plural: "volumeattributesclasses",
  shortNames: ["vac"],
  scope: "Cluster",
  example: {
    apiVersion: "storage.k8s.io/v1",
    kind: "VolumeAttributesClass",
    metadata: { name: "silver" },
    driverName: "disk.csi.example.com",
    parameters: { iops: "500" },
  },
  validate,
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    const forbid = (field: string): void =>
      void errors.push(forbiddenField(field, `updates to ${field} are forbidden.`));
    if (object.driverName !== old.driverName) forbid("driverName");
    if (!deepEqual(object.parameters ?? {}, old.parameters ?? {})) forbid("parameters");
    return [...errors, ...validate(object)];
  },
  columns: [nameColumn, { name: "DriverName", type: "string", cell: ({ driverName }) => driverName ?? "" }, ageColumn],
});

function validate({ driverName = "", parameters = {} }: VolumeAttributesClass): FieldError[] {
  const errors: FieldError[] = [];
  validateProvisioner(driverName, "driverName", errors);
  validateParameters(parameters, errors);
  if (Object.keys(parameters).length === 0) {
    errors.push(required("parameters", "must contain at least one key/value pair"));
  }
  return errors;
}
