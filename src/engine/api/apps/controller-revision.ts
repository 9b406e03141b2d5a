/** ControllerRevision: a state that a StatefulSet or DaemonSet can go back to. Upstream: pkg/registry/apps/controllerrevision. */
import type { ControllerRevision } from "../generated/types.ts";
import { ageColumn, nameColumn, NONE } from "../meta/columns.ts";
import { required, type FieldError } from "../meta/field-error.ts";
import { controllerOf } from "../meta/object.ts";
import { defineResource } from "../meta/resource.ts";
import { validateImmutable, validateNonnegative } from "../meta/validate-meta.ts";

export const controllerRevisions = defineResource<ControllerRevision>({
  group: "apps",
  version: "v1",
  kind: "ControllerRevision",
  plural: "controllerrevisions",
  scope: "Namespaced",
  example: {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: { name: "db-7c8d9f" },
    data: { spec: { template: { $patch: "replace" } } },
    revision: 1,
  },
  validate: validateRevision,
  validateUpdate(revision, old) {
    const errors = validateRevision(revision);
    validateImmutable(revision.data, old.data, "data", errors);
    return errors;
  },
  columns: [
    nameColumn,
    { name: "Controller", type: "string", cell: controllerText },
    { name: "Revision", type: "string", cell: ({ revision }) => revision ?? 0 },
    ageColumn,
  ],
});

function validateRevision({ data, revision }: ControllerRevision): FieldError[] {
  const errors: FieldError[] = [];
  if (data === undefined) errors.push(required("data", "data is mandatory"));
  validateNonnegative(revision, "revision", errors);
  return errors;
}

/** `statefulset.apps/db` */
function controllerText(revision: ControllerRevision): string {
  const controller = controllerOf(revision);
  if (controller === undefined) return NONE;
  const { apiVersion = "", kind = "", name = "" } = controller;
  const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0]}` : "";
  return `${kind.toLowerCase()}${group}/${name}`;
}
