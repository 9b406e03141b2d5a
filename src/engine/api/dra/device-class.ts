/**
 * DeviceClass. Upstream: pkg/registry/resource/deviceclass/strategy.go.
 * Simplified: pods don't get devices by asking for an extended resource; a class that names one is told so.
 */
import type { DeviceClass, DeviceClassSpec } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { required, type FieldError } from "../meta/field-error.ts";
import { defineResource, specChanged } from "../meta/resource.ts";
import { withFields } from "../meta/share.ts";
import { RESOURCE_GROUP, validateSelectors } from "./device-requests.ts";

/** A body without spec: validation then says what is missing. */
const NO_SPEC: DeviceClassSpec = Object.freeze({});

export const deviceClasses = defineResource<DeviceClass>({
  group: RESOURCE_GROUP,
  version: "v1",
  kind: "DeviceClass",
  plural: "deviceclasses",
  scope: "Cluster",
  example: {
    apiVersion: `${RESOURCE_GROUP}/v1`,
    kind: "DeviceClass",
    metadata: { name: "gpu.example.com" },
    spec: { selectors: [{ cel: { expression: "device.driver == 'gpu.example.com'" } }] },
  },
  bumpsGeneration: specChanged,
  defaults: (object) => withFields(object, { spec: object.spec ?? NO_SPEC }),
  validate({ spec = NO_SPEC }) {
    const errors: FieldError[] = [];
    validateSelectors(spec.selectors ?? [], "spec.selectors", errors);
    for (const [index, { opaque }] of (spec.config ?? []).entries()) {
      if (opaque === undefined) errors.push(required(`spec.config[${index}].opaque`));
      else if (!opaque.driver) errors.push(required(`spec.config[${index}].opaque.driver`));
    }
    return errors;
  },
  warnings: ({ spec }) =>
    spec.extendedResourceName === undefined
      ? []
      : ["spec.extendedResourceName: devices are given to claims alone: pods that ask for this resource get none"],
  columns: [nameColumn, ageColumn],
});
