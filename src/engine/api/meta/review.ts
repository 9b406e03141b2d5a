/** Kinds that are asked, not kept: a POST is answered and forgotten. */
import type { KubeObject } from "./object.ts";
import { defineResource } from "./resource.ts";
import type { Resource, ResourceDefinition } from "./resource.ts";

/** A resource that knows one verb, `create`, and is never stored. */
export function defineReview<T extends KubeObject>(
  definition: Pick<ResourceDefinition<T>, "group" | "kind" | "plural" | "scope" | "example" | "validate">,
): Resource<T> {
  return defineResource<T>({
    ...definition,
    version: "v1",
    answered: true,
    without: ["get", "list", "watch", "update", "patch", "delete", "deletecollection"],
  });
}
