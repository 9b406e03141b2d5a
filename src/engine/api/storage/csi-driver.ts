/** CSIDriver. Upstream: pkg/apis/storage, pkg/registry/storage/csidriver/strategy.go. */
import { deepEqual } from "../../base/json.ts";
import type { CSIDriver, CSIDriverSpec, StorageTokenRequest } from "../generated/types.ts";
import { ageColumn, nameColumn, NONE } from "../meta/columns.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  notSupportedInOrder,
  required,
  type FieldError,
} from "../meta/field-error.ts";
import { defineResource } from "../meta/resource.ts";
import { fill, withFields } from "../meta/share.ts";
import { validateImmutable } from "../meta/validate-meta.ts";

const GROUP_POLICIES = ["File", "None", "ReadWriteOnceWithFSType"];
const LIFECYCLE_MODES = ["Persistent", "Ephemeral"];
const MIN_TOKEN_SECONDS = 600;
const MIN_PERIOD = 10;

/** A body without spec: validation then says what is missing. */
const NO_SPEC: CSIDriverSpec = Object.freeze({});

export const csiDrivers = defineResource<CSIDriver>({
  group: "storage.k8s.io",
  version: "v1",
  kind: "CSIDriver",
  plural: "csidrivers",
  scope: "Cluster",
  needsVersion: true,
  example: {
    apiVersion: "storage.k8s.io/v1",
    kind: "CSIDriver",
    metadata: { name: "disk.csi.example.com" },
    spec: { attachRequired: true },
  },
  defaults(driver) {
    const spec = fill(driver.spec ?? NO_SPEC, {
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      fsGroupPolicy: "ReadWriteOnceWithFSType",
      requiresRepublish: false,
      seLinuxMount: false,
    });
    const modes = spec.volumeLifecycleModes ?? [];
    return withFields(driver, { spec: modes.length > 0 ? spec : { ...spec, volumeLifecycleModes: ["Persistent"] } });
  },
  // What can change counts generations; the first one isn't counted.
  prepareForUpdate(driver, old) {
    const { attachRequired: _, volumeLifecycleModes: __, ...next } = driver.spec;
    const { attachRequired: ___, volumeLifecycleModes: ____, ...before } = old.spec;
    if (deepEqual(next, before)) return driver;
    const generation = (old.metadata.generation ?? 0) + 1;
    return { ...driver, metadata: { ...driver.metadata, generation } };
  },
  validate,
  validateUpdate(driver, old) {
    const errors = validate(driver);
    const { spec = NO_SPEC } = driver;
    const { spec: before = NO_SPEC } = old;
    validateImmutable(spec.attachRequired, before.attachRequired, "spec.attachedRequired", errors);
    const modes = "spec.volumeLifecycleModes";
    validateImmutable(spec.volumeLifecycleModes, before.volumeLifecycleModes, modes, errors);
    return errors;
  },
  columns: [
    nameColumn,
    { name: "AttachRequired", type: "boolean", cell: ({ spec }) => spec.attachRequired ?? true },
    { name: "PodInfoOnMount", type: "boolean", cell: ({ spec }) => spec.podInfoOnMount ?? false },
    { name: "StorageCapacity", type: "boolean", cell: ({ spec }) => spec.storageCapacity ?? false },
    {
      name: "TokenRequests",
      type: "string",
      cell: ({ spec }) => spec.tokenRequests?.map(({ audience }) => audience ?? "").join(",") ?? "<unset>",
    },
    { name: "RequiresRepublish", type: "boolean", cell: ({ spec }) => spec.requiresRepublish ?? false },
    { name: "Modes", type: "string", cell: ({ spec }) => spec.volumeLifecycleModes?.join(",") || NONE },
    ageColumn,
  ],
});

function validate({ spec = NO_SPEC }: CSIDriver): FieldError[] {
  const errors: FieldError[] = [];
  const { fsGroupPolicy, tokenRequests, nodeAllocatableUpdatePeriodSeconds: period } = spec;
  if (spec.attachRequired === undefined) errors.push(required("spec.attachedRequired"));
  for (const name of ["podInfoOnMount", "storageCapacity"] as const) {
    if (spec[name] === undefined) errors.push(required(`spec.${name}`));
  }
  if (fsGroupPolicy !== undefined && !GROUP_POLICIES.includes(fsGroupPolicy)) {
    errors.push(notSupported("spec.fsGroupPolicy", fsGroupPolicy, GROUP_POLICIES));
  }
  validateTokens(tokenRequests ?? [], errors);
  for (const mode of spec.volumeLifecycleModes ?? []) {
    if (!LIFECYCLE_MODES.includes(mode)) {
      errors.push(notSupportedInOrder("spec.volumeLifecycleModes", mode, LIFECYCLE_MODES));
    }
  }
  if (spec.seLinuxMount === undefined) errors.push(required("spec.seLinuxMount"));
  if (period !== undefined && period < MIN_PERIOD) {
    const detail = "must be greater than or equal to 10 seconds";
    errors.push(invalidValue("spec.nodeAllocatableUpdatePeriodSeconds", period, detail));
  }
  if (spec.serviceAccountTokenInSecrets !== undefined && (tokenRequests ?? []).length === 0) {
    const detail = "serviceAccountTokenInSecrets may only be set when tokenRequests is specified";
    errors.push(forbiddenField("spec.serviceAccountTokenInSecrets", detail));
  }
  return errors;
}

function validateTokens(requests: readonly StorageTokenRequest[], errors: FieldError[]): void {
  const seen = new Set<string>();
  for (const [index, { audience = "", expirationSeconds: seconds }] of requests.entries()) {
    const path = `spec.tokenRequests[${index}]`;
    if (seen.has(audience)) {
      errors.push(duplicate(`${path}.audience`, audience));
      continue;
    }
    seen.add(audience);
    if (seconds === undefined) continue;
    const complain = (detail: string): void =>
      void errors.push(invalidValue(`${path}.expirationSeconds`, seconds, detail));
    if (seconds < MIN_TOKEN_SECONDS) complain("may not specify a duration less than 10 minutes");
    if (seconds > 2 ** 32) complain("may not specify a duration larger than 2^32 seconds");
  }
}
