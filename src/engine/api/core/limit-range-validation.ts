/** What a LimitRange may say. Upstream: ValidateLimitRange of pkg/apis/core/validation/validation.go. */
import type { LimitRange, LimitRangeItem } from "../generated/types.ts";
import { duplicate, forbiddenField, invalidValue, required, type FieldError } from "../meta/field-error.ts";
import { isQualifiedName } from "../meta/names.ts";
import { compareQuantities, parseQuantity, quantityAsNumber } from "../meta/quantity.ts";
import { overcommitAllowed, validateContainerResourceName, validateResourceName } from "./pod/validate-resources.ts";

const STANDARD_TYPES = new Set(["Pod", "Container", "PersistentVolumeClaim"]);
const NOT_STANDARD = "must be a standard limit type or fully qualified";
const NOT_FOR_PODS = "may not be specified when `type` is 'Pod'";
const NO_STORAGE = "either minimum or maximum storage value is required, but neither was provided";

type Bounds = Readonly<Record<string, string>>;

export function validateLimitRange({ spec }: LimitRange): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, item] of (spec.limits ?? []).entries()) {
    const path = `spec.limits[${index}]`;
    validateType(item.type ?? "", `${path}.type`, errors);
    if (seen.has(item.type)) errors.push(duplicate(`${path}.type`, item.type));
    seen.add(item.type);
    validateItem(item, path, errors);
  }
  return errors;
}

function validateType(type: string, field: string, errors: FieldError[]): void {
  const texts = isQualifiedName(type);
  for (const text of texts) errors.push(invalidValue(field, type, text));
  if (texts.length === 0 && !type.includes("/") && !STANDARD_TYPES.has(type)) {
    errors.push(invalidValue(field, type, NOT_STANDARD));
  }
}

function validateItem(item: LimitRangeItem, path: string, errors: FieldError[]): void {
  const names = new Set<string>();
  const checkNames = (bounds: Bounds | undefined, field: string): void => {
    for (const name of Object.keys(bounds ?? {})) {
      names.add(name);
      const check =
        item.type === "Pod" || item.type === "Container" ? validateContainerResourceName : validateResourceName;
      check(name, `${path}.${field}[${name}]`, errors);
    }
  };
  checkNames(item.max, "max");
  checkNames(item.min, "min");
  if (item.type === "Pod") {
    if (!isEmpty(item.default)) errors.push(forbiddenField(`${path}.default`, NOT_FOR_PODS));
    if (!isEmpty(item.defaultRequest)) errors.push(forbiddenField(`${path}.defaultRequest`, NOT_FOR_PODS));
  } else {
    checkNames(item.default, "default");
    checkNames(item.defaultRequest, "defaultRequest");
  }
  if (
    item.type === "PersistentVolumeClaim" &&
    item.min?.["storage"] === undefined &&
    item.max?.["storage"] === undefined
  ) {
    errors.push(required(`${path}.limits`, NO_STORAGE));
  }
  checkNames(item.maxLimitRequestRatio, "maxLimitRequestRatio");
  const ofPod = item.type === "Pod";
  for (const name of names) {
    validateOrder(name, path, {
      errors,
      min: own(item.min, name),
      max: own(item.max, name),
      limit: ofPod ? undefined : own(item.default, name),
      request: ofPod ? undefined : own(item.defaultRequest, name),
      ratio: own(item.maxLimitRequestRatio, name),
    });
  }
}

/** A resource may be called `toString`. */
function own(bounds: Bounds | undefined, name: string): string | undefined {
  return bounds !== undefined && Object.hasOwn(bounds, name) ? bounds[name] : undefined;
}

interface Values {
  errors: FieldError[];
  min: string | undefined;
  max: string | undefined;
  limit: string | undefined;
  request: string | undefined;
  ratio: string | undefined;
}

/** Bounds of one resource against each other. */
function validateOrder(name: string, path: string, values: Values): void {
  const { errors, min, max, limit, request, ratio } = values;
  const at = (field: string): string => `${path}.${field}[${name}]`;
  if (above(min, max)) {
    errors.push(invalidValue(at("min"), min, `min value ${min} is greater than max value ${max}`));
  }
  if (above(min, request)) {
    errors.push(
      invalidValue(at("defaultRequest"), request, `min value ${min} is greater than default request value ${request}`),
    );
  }
  if (above(request, max)) {
    errors.push(
      invalidValue(at("defaultRequest"), request, `default request value ${request} is greater than max value ${max}`),
    );
  }
  if (above(request, limit)) {
    const why = `default request value ${request} is greater than default limit value ${limit}`;
    errors.push(invalidValue(at("defaultRequest"), request, why));
  }
  if (above(min, limit)) {
    errors.push(invalidValue(at("default"), min, `min value ${min} is greater than default value ${limit}`));
  }
  if (above(limit, max)) {
    errors.push(invalidValue(at("default"), max, `default value ${limit} is greater than max value ${max}`));
  }
  if (above("1", ratio)) errors.push(invalidValue(at("maxLimitRequestRatio"), ratio, `ratio ${ratio} is less than 1`));
  if (ratio !== undefined && min !== undefined && max !== undefined) {
    const bound = quantityAsNumber(max) / quantityAsNumber(min);
    if (quantityAsNumber(ratio) > bound) {
      const why = `ratio ${ratio} is greater than max/min = ${bound.toFixed(6)}`;
      errors.push(invalidValue(at("maxLimitRequestRatio"), ratio, why));
    }
  }
  if (!overcommitAllowed(name) && limit !== undefined && request !== undefined && compare(limit, request) !== 0) {
    const why = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`;
    errors.push(invalidValue(at("defaultRequest"), request, why));
  }
}

function compare(a: string, b: string): number {
  return compareQuantities(parseQuantity(a), parseQuantity(b));
}

/** Both are said, and the first is the larger one. */
function above(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && compare(a, b) > 0;
}

function isEmpty(bounds: Bounds | undefined): boolean {
  return Object.keys(bounds ?? {}).length === 0;
}
