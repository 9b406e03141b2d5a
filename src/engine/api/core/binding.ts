/** Binding, by itself: a way to bind a pod that is older than the subresource. Upstream: pkg/registry/core/pod/storage. */
import type { Binding } from "../generated/types.ts";
import { defineReview } from "../meta/review.ts";

export const bindings = defineReview<Binding>({
  group: "",
  kind: "Binding",
  plural: "bindings",
  scope: "Namespaced",
  example: {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name: "web" },
    target: { apiVersion: "v1", kind: "Node", name: "worker-1" },
  },
});
