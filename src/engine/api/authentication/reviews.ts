/** TokenReview and SelfSubjectReview: who is that, who am I. Upstream: pkg/registry/authentication. */
import type { SelfSubjectReview, TokenReview } from "../generated/types.ts";
import { defineReview } from "../meta/review.ts";

const GROUP = "authentication.k8s.io";

export const tokenReviews = defineReview<TokenReview>({
  group: GROUP,
  kind: "TokenReview",
  plural: "tokenreviews",
  scope: "Cluster",
  example: { apiVersion: `${GROUP}/v1`, kind: "TokenReview", metadata: {}, spec: { token: "a.b.c" } },
});

export const selfSubjectReviews = defineReview<SelfSubjectReview>({
  group: GROUP,
  kind: "SelfSubjectReview",
  plural: "selfsubjectreviews",
  scope: "Cluster",
  example: { apiVersion: `${GROUP}/v1`, kind: "SelfSubjectReview", metadata: {} },
});
