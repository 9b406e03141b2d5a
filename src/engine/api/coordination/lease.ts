/** Lease. Upstream: pkg/registry/coordination/lease. */
import type { Lease } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { defineResource } from "../meta/resource.ts";

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
  columns: [nameColumn, { name: "Holder", type: "string", cell: ({ spec }) => spec.holderIdentity ?? "" }, ageColumn],
});
