/**
 * ResourceClaim. Upstream: pkg/registry/resource/resourceclaim/strategy.go.
 * Simplified: a status is taken as it is said.
 */
import type { ResourceClaimSpec, ResourceResourceClaim } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { defineResource } from "../meta/resource.ts";
import { withFields } from "../meta/share.ts";
import { validateImmutable } from "../meta/validate-meta.ts";
import { defaultClaim, RESOURCE_GROUP, validateClaimSpec } from "./device-requests.ts";

/** A body without spec: validation then says what is missing. */
const NO_SPEC: ResourceClaimSpec = Object.freeze({});

export const resourceClaims = defineResource<ResourceResourceClaim>({
  group: RESOURCE_GROUP,
  version: "v1",
  kind: "ResourceClaim",
  plural: "resourceclaims",
  structure: "ResourceResourceClaim",
  scope: "Namespaced",
  subresources: ["status"],
  example: {
    apiVersion: `${RESOURCE_GROUP}/v1`,
    kind: "ResourceClaim",
    metadata: { name: "one-gpu" },
    spec: { devices: { requests: [{ name: "gpu", exactly: { deviceClassName: "gpu.example.com" } }] } },
  },
  defaults: (claim) => withFields(claim, { spec: defaultClaim(claim.spec ?? NO_SPEC), status: claim.status ?? {} }),
  prepareForCreate: (claim) => ({ ...claim, status: {} }),
  validate: ({ spec }) => validateClaimSpec(spec, "spec"),
  validateUpdate({ spec }, old) {
    const errors = validateClaimSpec(spec, "spec");
    validateImmutable(spec, old.spec, "spec", errors);
    return errors;
  },
  columns: [nameColumn, { name: "State", type: "string", cell: stateOf }, ageColumn],
});

/** `pending`, `allocated,reserved`, `deleted,allocated`. */
function stateOf({ metadata, status }: ResourceResourceClaim): string {
  const going = metadata.deletionTimestamp === undefined ? [] : ["deleted"];
  if (status?.allocation === undefined) return going.length > 0 ? "deleted" : "pending";
  const reserved = (status.reservedFor ?? []).length > 0 ? ["reserved"] : [];
  return [...going, "allocated", ...reserved].join(",");
}
