/** Paths inside volumes and on hosts. Upstream: validateLocalDescendingPath and its like in pkg/apis/core/validation/validation.go. */
import { invalidValue, type FieldError } from "../../meta/field-error.ts";

/** A path inside a volume: relative, without `..`, and not a name that a volume keeps for itself. */
export function validateLocalPath(path: string, field: string, errors: FieldError[]): void {
  validateDescendingPath(path, field, errors);
  if (path.startsWith("..") && !path.startsWith("../")) {
    errors.push(invalidValue(field, path, "must not start with '..'"));
  }
}

export function validateDescendingPath(path: string, field: string, errors: FieldError[]): void {
  if (path.startsWith("/")) errors.push(invalidValue(field, path, "must be a relative path"));
  validateNoBacksteps(path, field, errors);
}

export function validateNoBacksteps(path: string, field: string, errors: FieldError[]): void {
  if (hasBacksteps(path)) errors.push(invalidValue(field, path, "must not contain '..'"));
}

export function hasBacksteps(path: string): boolean {
  return path.split("/").includes("..");
}
