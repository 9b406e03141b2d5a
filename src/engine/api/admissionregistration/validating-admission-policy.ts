/** ValidatingAdmissionPolicy. Upstream: pkg/registry/admissionregistration/validatingadmissionpolicy. */
import type { AuditAnnotation, ValidatingAdmissionPolicy, Validation } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { duplicate, invalidValue, notSupported, required, type FieldError } from "../meta/field-error.ts";
import { isQualifiedName } from "../meta/names.ts";
import { defineResource, specChanged } from "../meta/resource.ts";
import { fill, mapField, withFields } from "../meta/share.ts";
import { defaultMatchResources } from "./match-resources.ts";
import { paramKindCell } from "./params.ts";
import { validatePolicyParts } from "./policy-parts.ts";

const REASONS = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const MAX_ANNOTATIONS = 20;
const MAX_VALUE_EXPRESSION = 5 * 1024;
const NO_RULES = "validations or auditAnnotations must contain at least one item";

export const validatingAdmissionPolicies = defineResource<ValidatingAdmissionPolicy>({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "ValidatingAdmissionPolicy",
  plural: "validatingadmissionpolicies",
  categories: ["api-extensions"],
  scope: "Cluster",
  needsVersion: true,
  subresources: ["status"],
  example: {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "few-replicas" },
    spec: {
      matchConstraints: {
        resourceRules: [
          { apiGroups: ["apps"], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["deployments"] },
        ],
      },
      validations: [{ expression: "object.spec.replicas <= 5" }],
    },
  },
  bumpsGeneration: specChanged,
  defaults(policy) {
    const filled = fill(policy.spec ?? {}, { failurePolicy: "Fail" });
    const spec = mapField(filled, "matchConstraints", defaultMatchResources);
    return withFields(policy, { spec, status: policy.status ?? {} });
  },
  prepareForCreate: (policy) => ({ ...policy, status: {} }),
  validate: validatePolicy,
  columns: [
    nameColumn,
    { name: "Validations", type: "integer", cell: ({ spec }) => (spec.validations ?? []).length },
    { name: "ParamKind", type: "string", cell: ({ spec }) => paramKindCell(spec.paramKind) },
    ageColumn,
  ],
});

function validatePolicy({ metadata, spec }: ValidatingAdmissionPolicy): FieldError[] {
  const errors: FieldError[] = [];
  const { validations = [], auditAnnotations = [] } = spec;
  validatePolicyParts(spec, errors);
  if (validations.length === 0 && auditAnnotations.length === 0) {
    errors.push(required("spec.validations", NO_RULES), required("spec.auditAnnotations", NO_RULES));
    return errors;
  }
  for (const [index, validation] of validations.entries()) {
    validateValidation(validation, `spec.validations[${index}]`, errors);
  }
  if (auditAnnotations.length > MAX_ANNOTATIONS) {
    const why = `must not have more than ${MAX_ANNOTATIONS} auditAnnotations`;
    errors.push(invalidValue("spec.auditAnnotations", auditAnnotations, why));
  }
  const seen = new Set<string>();
  for (const [index, annotation] of auditAnnotations.entries()) {
    const path = `spec.auditAnnotations[${index}]`;
    validateAnnotation(annotation, { path, policy: metadata.name, errors });
    if (seen.has(annotation.key)) errors.push(duplicate(`${path}.key`, annotation.key));
    seen.add(annotation.key);
  }
  return errors;
}

function validateValidation(validation: Validation, field: string, errors: FieldError[]): void {
  const { expression = "", message = "", messageExpression = "", reason } = validation;
  if (expression.trim() === "") errors.push(required(`${field}.expression`, "expression is not specified"));
  if (messageExpression !== "" && messageExpression.trim() === "") {
    errors.push(invalidValue(`${field}.messageExpression`, messageExpression, "must be non-empty if specified"));
  }
  if (message !== "" && message.trim() === "") {
    errors.push(invalidValue(`${field}.message`, message, "message must be non-empty if specified"));
  } else if (/[\n\r]/.test(message.trim())) {
    errors.push(invalidValue(`${field}.message`, message, "message must not contain line breaks"));
  }
  if (reason !== undefined && !REASONS.includes(reason)) errors.push(notSupported(`${field}.reason`, reason, REASONS));
}

function validateAnnotation(
  { key = "", valueExpression = "" }: AuditAnnotation,
  { path, policy, errors }: { path: string; policy: string; errors: FieldError[] },
): void {
  if (policy === "") errors.push(invalidValue(`${path}.key`, key, "requires metadata.name be non-empty"));
  else {
    const full = `${policy}/${key}`;
    for (const text of isQualifiedName(full)) errors.push(invalidValue(`${path}.key`, full, text));
  }
  const length = valueExpression.trim().length;
  if (length === 0) errors.push(required(`${path}.valueExpression`, "valueExpression is not specified"));
  else if (length > MAX_VALUE_EXPRESSION) {
    errors.push(required(`${path}.valueExpression`, `must not exceed ${MAX_VALUE_EXPRESSION} bytes in length`));
  }
}
