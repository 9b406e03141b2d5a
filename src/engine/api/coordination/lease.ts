/** Lease. Upstream: pkg/registry/coordination/lease. */
import type { Lease } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { invalidValue, type FieldError } from "../meta/field-error.ts";
import { defineResource } from "../meta/resource.ts";
import { validateNonnegative } from "../meta/validate-meta.ts";

export const leases = defineResource<Lease>({
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  scope: "Namespaced",
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
    return errors;
  },
  columns: [nameColumn, { name: "Holder", type: "string", cell: ({ spec }) => spec.holderIdentity ?? "" }, ageColumn],
});
