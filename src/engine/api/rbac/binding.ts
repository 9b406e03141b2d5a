/** What RoleBinding and ClusterRoleBinding have in common. Upstream: pkg/apis/rbac/v1/defaults.go, printers.go. */
import type { ClusterRoleBinding, RbacSubject, RoleBinding } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import type { Column } from "../meta/resource.ts";
import { fill, mapField, mapShared } from "../meta/share.ts";
import { RBAC_GROUP } from "./validation.ts";

type Binding = RoleBinding | ClusterRoleBinding;

export function defaultBinding<T extends Binding>(binding: T): T {
  const referring = mapField(binding as Binding, "roleRef", (reference) => fill(reference, { apiGroup: RBAC_GROUP }));
  return mapField(referring, "subjects", (subjects) => mapShared(subjects, defaultSubject)) as T;
}

function defaultSubject(subject: RbacSubject): RbacSubject {
  return subject.kind === "User" || subject.kind === "Group" ? fill(subject, { apiGroup: RBAC_GROUP }) : subject;
}

function namesOf({ subjects = [] }: Binding, kind: string): string {
  return subjects
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace }) => (kind === "ServiceAccount" ? `${namespace ?? ""}/${name}` : name))
    .join(", ");
}

export const bindingColumns: readonly Column<Binding>[] = [
  nameColumn,
  { name: "Role", type: "string", cell: ({ roleRef }) => `${roleRef?.kind ?? ""}/${roleRef?.name ?? ""}` },
  ageColumn,
  { name: "Users", type: "string", priority: 1, cell: (binding) => namesOf(binding, "User") },
  { name: "Groups", type: "string", priority: 1, cell: (binding) => namesOf(binding, "Group") },
  { name: "ServiceAccounts", type: "string", priority: 1, cell: (binding) => namesOf(binding, "ServiceAccount") },
];
