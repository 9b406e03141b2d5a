/** Checks that hold for every kind. Upstream: apimachinery pkg/api/validation/objectmeta.go, apiserver pkg/registry/rest. */
import type { KubeObject } from "../api/meta/object.ts";
import type { Resource } from "../api/meta/resource.ts";
import { invalid, required, type FieldError } from "../api/meta/field-error.ts";

/** Throws 422 when there are complaints. */
export function checkValid(resource: Resource, object: KubeObject, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid(resource, object.metadata.name, errors);
}

export function checkMetadata(resource: Resource, object: KubeObject): void {
  if (object.metadata.name === "") {
    checkValid(resource, object, [required("metadata.name", "name or generateName is required")]);
  }
}
