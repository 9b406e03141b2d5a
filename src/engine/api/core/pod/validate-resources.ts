/** Resource requests and limits. Upstream: pkg/apis/core/validation/validation.go (ValidateResourceRequirements). */
import type { ResourceRequirements } from "../../generated/types.ts";
import { duplicate, invalidValue, notFoundField, required, type FieldError } from "../../meta/field-error.ts";
import { isQualifiedName } from "../../meta/names.ts";
import { compareQuantities, parseQuantity, quantityValue, scaledValue } from "../../meta/quantity.ts";

const CONTAINER_RESOURCES = new Set(["cpu", "memory", "ephemeral-storage"]);
const STANDARD_RESOURCES = new Set([
  ...CONTAINER_RESOURCES,
  ...["requests.cpu", "requests.memory", "requests.ephemeral-storage", "requests.storage"],
  ...["limits.cpu", "limits.memory", "limits.ephemeral-storage"],
  ...[
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "persistentvolumeclaims",
    "configmaps",
  ],
  ...["services.loadbalancers", "services.nodeports", "storage"],
]);
const HUGE_PAGES = "hugepages-";
const HUGE_PAGE_REQUESTS = "requests.hugepages-";
/** What is counted and can't be divided. */
const COUNTED = new Set([
  ...["pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps"],
  ...["persistentvolumeclaims", "services.nodeports", "services.loadbalancers"],
]);

function isNative(name: string): boolean {
  return !name.includes("/") || name.includes("kubernetes.io/");
}

/** A name of anything that can be counted: standard, or qualified with a domain. */
export function validateResourceName(name: string, field: string, errors: FieldError[]): void {
  const texts = isQualifiedName(name);
  for (const text of texts) errors.push(invalidValue(field, name, text));
  if (texts.length > 0 || name.includes("/") || STANDARD_RESOURCES.has(name)) return;
  if (name.startsWith(HUGE_PAGES) || name.startsWith(HUGE_PAGE_REQUESTS)) return;
  errors.push(invalidValue(field, name, "must be a standard resource type or fully qualified"));
}

export function validateContainerResourceName(name: string, field: string, errors: FieldError[]): void {
  validateResourceName(name, field, errors);
  if (!name.includes("/")) {
    if (!CONTAINER_RESOURCES.has(name) && !name.startsWith(HUGE_PAGES)) {
      errors.push(invalidValue(field, name, "must be a standard resource for containers"));
    }
  } else if (!isNative(name) && name.startsWith("requests.")) {
    errors.push(invalidValue(field, name, "doesn't follow extended resource name standard"));
  }
}

/** Not negative; whole when the resource can't be divided. */
export function validateResourceQuantity(name: string, text: string, field: string, errors: FieldError[]): void {
  const quantity = parseQuantity(text);
  if (quantity.unscaled < 0n) errors.push(invalidValue(field, text, "must be greater than or equal to 0"));
  const extended = !isNative(name) && !name.startsWith("requests.");
  const whole = !CONTAINER_RESOURCES.has(name) && (name.startsWith(HUGE_PAGES) || extended || COUNTED.has(name));
  if (whole && scaledValue(quantity, -3) % 1000n !== 0n) errors.push(invalidValue(field, text, "must be an integer"));
}

/** Whether more may be promised of it than there is: limits above requests. */
export function overcommitAllowed(name: string): boolean {
  return isNative(name) && !name.startsWith(HUGE_PAGES);
}

export function validateRequirements(
  { limits = {}, requests = {}, claims = [] }: ResourceRequirements,
  field: string,
  options: { errors: FieldError[]; claimNames: ReadonlySet<string> },
): void {
  const { errors, claimNames } = options;
  for (const [name, text] of Object.entries(limits)) {
    validateContainerResourceName(name, `${field}.limits[${name}]`, errors);
    validateResourceQuantity(name, text, `${field}.limits[${name}]`, errors);
    if (name.startsWith(HUGE_PAGES) && !hasComputeBeside(limits, requests)) {
      const detail = "HugePages require cpu or memory";
      errors.push({ type: "FieldValueForbidden", field, badValue: "", detail });
    }
  }
  for (const [name, text] of Object.entries(requests)) {
    validateContainerResourceName(name, `${field}.requests[${name}]`, errors);
    validateResourceQuantity(name, text, `${field}.requests[${name}]`, errors);
    const limit = limits[name];
    if (limit !== undefined) {
      const order = compareQuantities(parseQuantity(text), parseQuantity(limit));
      if (order !== 0 && !overcommitAllowed(name)) {
        errors.push(invalidValue(`${field}.requests`, text, `must be equal to ${name} limit of ${limit}`));
      } else if (order > 0) {
        errors.push(invalidValue(`${field}.requests`, text, `must be less than or equal to ${name} limit of ${limit}`));
      }
    } else if (!overcommitAllowed(name)) {
      errors.push(required(`${field}.limits`, "Limit must be set for non overcommitable resources"));
    }
  }
  const seen = new Set<string>();
  for (const [index, { name, request = "" }] of claims.entries()) {
    const path = `${field}.claims[${index}]`;
    if (!name) errors.push(required(`${path}.name`));
    else if (!claimNames.has(name)) errors.push(notFoundField(`${path}.name`, name));
    const key = request === "" ? name : `${name}/${request}`;
    if (seen.has(key)) errors.push(duplicate(path, key));
    seen.add(key);
  }
}

function hasComputeBeside(...lists: Readonly<Record<string, string>>[]): boolean {
  return lists.some((list) =>
    ["cpu", "memory"].some((name) => name in list && quantityValue(list[name] as string) > 0),
  );
}
