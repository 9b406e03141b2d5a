/**
 * May I, may he, what may I. Upstream: pkg/registry/authorization, pkg/apis/authorization/validation.
 */
import type {
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectAccessReviewSpec,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  SubjectAccessReviewSpec,
} from "../generated/types.ts";
import { invalidValue, required } from "../meta/field-error.ts";
import type { FieldError } from "../meta/field-error.ts";
import { defineReview } from "../meta/review.ts";

const GROUP = "authorization.k8s.io";
const EXACTLY_ONE = "exactly one of nonResourceAttributes or resourceAttributes must be specified";

function head(kind: string) {
  return { apiVersion: `${GROUP}/v1`, kind, metadata: {} };
}

const LIST_PODS = { namespace: "default", verb: "list", resource: "pods" };

function validateAttributes(spec: SelfSubjectAccessReviewSpec | undefined): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = spec ?? {};
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    return [
      invalidValue(
        "spec.nonResourceAttributes",
        nonResourceAttributes,
        `cannot be specified in combination with resourceAttributes`,
      ),
    ];
  }
  if (resourceAttributes === undefined && nonResourceAttributes === undefined) {
    return [invalidValue("spec.resourceAttributes", resourceAttributes, EXACTLY_ONE)];
  }
  return [];
}

function validateSubject(spec: SubjectAccessReviewSpec | undefined): FieldError[] {
  const errors = validateAttributes(spec);
  if ((spec?.user ?? "") === "" && (spec?.groups ?? []).length === 0) {
    errors.push(invalidValue("spec.user", spec?.user ?? "", "at least one of user or group must be specified"));
  }
  return errors;
}

export const selfSubjectAccessReviews = defineReview<SelfSubjectAccessReview>({
  group: GROUP,
  kind: "SelfSubjectAccessReview",
  plural: "selfsubjectaccessreviews",
  scope: "Cluster",
  example: { ...head("SelfSubjectAccessReview"), spec: { resourceAttributes: LIST_PODS } },
  validate: ({ spec }) => validateAttributes(spec),
});

export const subjectAccessReviews = defineReview<SubjectAccessReview>({
  group: GROUP,
  kind: "SubjectAccessReview",
  plural: "subjectaccessreviews",
  scope: "Cluster",
  example: { ...head("SubjectAccessReview"), spec: { user: "jane", resourceAttributes: LIST_PODS } },
  validate: ({ spec }) => validateSubject(spec),
});

export const localSubjectAccessReviews = defineReview<LocalSubjectAccessReview>({
  group: GROUP,
  kind: "LocalSubjectAccessReview",
  plural: "localsubjectaccessreviews",
  scope: "Namespaced",
  example: { ...head("LocalSubjectAccessReview"), spec: { user: "jane", resourceAttributes: LIST_PODS } },
  validate({ spec }) {
    const errors = validateSubject(spec);
    if (spec?.nonResourceAttributes !== undefined) {
      errors.push(
        invalidValue("spec.nonResourceAttributes", spec.nonResourceAttributes, "disallowed on this kind of request"),
      );
    }
    return errors;
  },
});

export const selfSubjectRulesReviews = defineReview<SelfSubjectRulesReview>({
  group: GROUP,
  kind: "SelfSubjectRulesReview",
  plural: "selfsubjectrulesreviews",
  scope: "Cluster",
  example: { ...head("SelfSubjectRulesReview"), spec: { namespace: "default" } },
  validate: ({ spec }) => ((spec?.namespace ?? "") === "" ? [required("spec.namespace")] : []),
});
