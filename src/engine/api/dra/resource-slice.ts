/**
 * ResourceSlice. Upstream: pkg/registry/resource/resourceslice/strategy.go.
 * Simplified: of devices only names are checked.
 */
import type { ResourceSlice, ResourceSliceSpec } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { duplicate, invalidValue, required, tooMany, type FieldError } from "../meta/field-error.ts";
import { isDNS1123Label, isDNS1123Subdomain } from "../meta/names.ts";
import { defineResource, specChanged } from "../meta/resource.ts";
import { withFields } from "../meta/share.ts";
import { validateImmutable } from "../meta/validate-meta.ts";
import { RESOURCE_GROUP } from "./device-requests.ts";

const MAX_DEVICES = 128;
const PLACES = ["nodeName", "nodeSelector", "allNodes", "perDeviceNodeSelection"] as const;

/** A body without spec: validation then says what is missing. */
const NO_SPEC: ResourceSliceSpec = Object.freeze({
  driver: "",
  pool: Object.freeze({ name: "", generation: 0, resourceSliceCount: 0 }),
});

export const resourceSlices = defineResource<ResourceSlice>({
  group: RESOURCE_GROUP,
  version: "v1",
  kind: "ResourceSlice",
  plural: "resourceslices",
  scope: "Cluster",
  example: {
    apiVersion: `${RESOURCE_GROUP}/v1`,
    kind: "ResourceSlice",
    metadata: { name: "worker-1-gpu" },
    spec: {
      driver: "gpu.example.com",
      nodeName: "worker-1",
      pool: { name: "worker-1", generation: 1, resourceSliceCount: 1 },
      devices: [{ name: "gpu-0" }],
    },
  },
  bumpsGeneration: specChanged,
  defaults: (object) => withFields(object, { spec: object.spec ?? NO_SPEC }),
  validate,
  validateUpdate(object, old) {
    const errors = validate(object);
    const { driver, pool, nodeName } = object.spec ?? NO_SPEC;
    const before = old.spec ?? NO_SPEC;
    validateImmutable(nodeName, before.nodeName, "spec.nodeName", errors);
    validateImmutable(driver, before.driver, "spec.driver", errors);
    validateImmutable(pool?.name, before.pool?.name, "spec.pool.name", errors);
    return errors;
  },
  columns: [
    nameColumn,
    { name: "Node", type: "string", cell: ({ spec }) => spec?.nodeName ?? "" },
    { name: "Driver", type: "string", cell: ({ spec }) => spec?.driver ?? "" },
    { name: "Pool", type: "string", cell: ({ spec }) => spec?.pool?.name ?? "" },
    ageColumn,
  ],
  selectableFields: {
    "spec.nodeName": ({ spec }) => spec?.nodeName ?? "",
    "spec.driver": ({ spec }) => spec?.driver ?? "",
  },
  unknownField: "field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: %",
});

function validate({ spec = NO_SPEC }: ResourceSlice): FieldError[] {
  const errors: FieldError[] = [];
  const { driver = "", pool = NO_SPEC.pool, devices = [] } = spec;
  if (driver === "") errors.push(required("spec.driver"));
  else for (const text of isDNS1123Subdomain(driver)) errors.push(invalidValue("spec.driver", driver, text));
  const { name = "", generation = 0, resourceSliceCount: count = 0 } = pool;
  if (name === "") errors.push(required("spec.pool.name"));
  else {
    for (const part of name.split("/")) {
      for (const text of isDNS1123Subdomain(part)) errors.push(invalidValue("spec.pool.name", part, text));
    }
  }
  if (count <= 0) errors.push(invalidValue("spec.pool.resourceSliceCount", count, "must be greater than zero"));
  if (generation < 0) {
    errors.push(invalidValue("spec.pool.generation", generation, "must be greater than or equal to zero"));
  }
  validatePlace(spec, errors);
  if (devices.length > MAX_DEVICES) errors.push(tooMany("spec.devices", devices.length, MAX_DEVICES));
  const names = new Set<string>();
  for (const [index, device] of devices.entries()) {
    const field = `spec.devices[${index}].name`;
    if (names.has(device.name)) errors.push(duplicate(field, device.name));
    names.add(device.name);
    for (const text of isDNS1123Label(device.name ?? "")) errors.push(invalidValue(field, device.name ?? "", text));
  }
  return errors;
}

/** Where the devices are is said in one way. */
function validatePlace(spec: ResourceSliceSpec, errors: FieldError[]): void {
  const said = PLACES.filter((name) => spec[name] !== undefined && spec[name] !== "" && spec[name] !== false);
  const one = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
  if (said.length === 0) errors.push(required("spec", one));
  if (said.length > 1) {
    errors.push(invalidValue("spec", `{${said.map((name) => `\`${name}\``).join(", ")}}`, one));
  }
}
