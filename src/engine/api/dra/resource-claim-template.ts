/** ResourceClaimTemplate. Upstream: pkg/registry/resource/resourceclaimtemplate/strategy.go. */
import type { ResourceClaimTemplate, ResourceClaimTemplateSpec } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import type { FieldError } from "../meta/field-error.ts";
import { defineResource } from "../meta/resource.ts";
import { mapField, withFields } from "../meta/share.ts";
import { validateAnnotations, validateImmutable, validateLabels } from "../meta/validate-meta.ts";
import { defaultClaim, RESOURCE_GROUP, validateClaimSpec } from "./device-requests.ts";

/** A body without spec: validation then says what is missing. */
const NO_SPEC: ResourceClaimTemplateSpec = Object.freeze({ spec: Object.freeze({}) });

export const resourceClaimTemplates = defineResource<ResourceClaimTemplate>({
  group: RESOURCE_GROUP,
  version: "v1",
  kind: "ResourceClaimTemplate",
  plural: "resourceclaimtemplates",
  scope: "Namespaced",
  example: {
    apiVersion: `${RESOURCE_GROUP}/v1`,
    kind: "ResourceClaimTemplate",
    metadata: { name: "one-gpu" },
    spec: { spec: { devices: { requests: [{ name: "gpu", exactly: { deviceClassName: "gpu.example.com" } }] } } },
  },
  defaults: (template) => withFields(template, { spec: mapField(template.spec ?? NO_SPEC, "spec", defaultClaim) }),
  validate,
  validateUpdate(template, old) {
    const errors = validate(template);
    validateImmutable(template.spec, old.spec, "spec", errors);
    return errors;
  },
  columns: [nameColumn, ageColumn],
});

function validate({ spec = NO_SPEC }: ResourceClaimTemplate): FieldError[] {
  const errors: FieldError[] = [];
  const { labels, annotations } = spec.metadata ?? {};
  if (annotations !== undefined) validateAnnotations(annotations, "spec.metadata.annotations", errors);
  if (labels !== undefined) validateLabels(labels, "spec.metadata.labels", errors);
  return [...errors, ...validateClaimSpec(spec.spec, "spec.spec")];
}
