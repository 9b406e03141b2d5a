/** Lease. Upstream: pkg/registry/coordination/lease. */
import type { Lease } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { forbiddenField, invalidValue, notSupported, type FieldError } from "../meta/field-error.ts";
import { isQualifiedName } from "../meta/names.ts";
import { defineResource } from "../meta/resource.ts";
import { validateNonnegative } from "../meta/validate-meta.ts";

export const leases = defineResource<Lease>({
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  scope: "Namespaced",
  needsVersion: true,
  createsOnUpdate: true,
  example: {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "leader" },
    spec: { holderIdentity: "a", leaseDurationSeconds: 15 },
  },
  defaults: (lease) => (lease.spec === undefined ? { ...(lease as Lease), spec: {} } : lease),
  validate({ spec }) {
    const errors: FieldError[] = [];
    const { leaseDurationSeconds: seconds, leaseTransitions: transitions } = spec;
    if (seconds !== undefined && seconds <= 0) {
      errors.push(invalidValue("spec.leaseDurationSeconds", seconds, "must be greater than 0"));
    }
    validateNonnegative(transitions, "spec.leaseTransitions", errors);
    const { strategy, preferredHolder } = spec;
    // Upstream's path names the field twice.
    if (strategy !== undefined) validateStrategy(strategy, "spec.strategy.strategy", errors);
    if (preferredHolder && !strategy) {
      errors.push(forbiddenField("spec.preferredHolder", "may only be specified if `strategy` is defined"));
    }
    return errors;
  },
  columns: [nameColumn, { name: "Holder", type: "string", cell: ({ spec }) => spec.holderIdentity ?? "" }, ageColumn],
});

/** A name of Kubernetes' own, or one with a domain. */
function validateStrategy(strategy: string, field: string, errors: FieldError[]): void {
  if (strategy.includes("/")) {
    for (const text of isQualifiedName(strategy)) errors.push(invalidValue(field, strategy, text));
  } else if (strategy !== "OldestEmulationVersion") {
    errors.push(notSupported(field, strategy, ["OldestEmulationVersion"]));
  }
}
