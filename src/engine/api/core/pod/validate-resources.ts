/** Resource requests and limits. Upstream: pkg/apis/core/validation/validation.go (ValidateResourceRequirements). */
import type { PodSpec, ResourceRequirements } from "../../generated/types.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notFoundField,
  notSupported,
  required,
  type FieldError,
} from "../../meta/field-error.ts";
import { isDNS1123Label, isQualifiedName } from "../../meta/names.ts";
import { compareQuantities, formatQuantity, parseQuantity, scaledValue, type Quantity } from "../../meta/quantity.ts";
import { podRequests } from "./resources.ts";

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

/** A name that resources of a whole pod can have (upstream: IsSupportedPodLevelResource). */
function validatePodResourceName(name: string, field: string, errors: FieldError[]): void {
  const before = errors.length;
  validateResourceName(name, field, errors);
  if (errors.length > before || name === "cpu" || name === "memory" || name.startsWith(HUGE_PAGES)) return;
  errors.push(notSupported(field, name, ["cpu", "hugepages-", "memory"]));
}

interface RequirementOptions {
  errors: FieldError[];
  claimNames: ReadonlySet<string>;
  /** Which names may be asked for. Default: those of containers. */
  checkName?: (name: string, field: string, errors: FieldError[]) => void;
}

export function validateRequirements(
  { limits = {}, requests = {}, claims = [] }: ResourceRequirements,
  field: string,
  { errors, claimNames, checkName = validateContainerResourceName }: RequirementOptions,
): void {
  for (const [name, text] of Object.entries(limits)) {
    const path = `${field}.limits[${name}]`;
    checkName(name, path, errors);
    validateResourceQuantity(name, text, path, errors);
    validateHugePages(name, text, path, errors);
  }
  for (const [name, text] of Object.entries(requests)) {
    const path = `${field}.requests[${name}]`;
    checkName(name, path, errors);
    validateResourceQuantity(name, text, path, errors);
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
    validateHugePages(name, text, path, errors);
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.includes("cpu") && !names.includes("memory")) {
    errors.push(forbiddenField(field, "HugePages require cpu or memory"));
  }
  validateClaims(claims, `${field}.claims`, { errors, claimNames });
}

function isHugePages(name: string): boolean {
  return name.startsWith(HUGE_PAGES);
}

/** Pages come whole. */
function validateHugePages(name: string, text: string, field: string, errors: FieldError[]): void {
  if (!isHugePages(name)) return;
  let size: bigint;
  try {
    size = scaledValue(parseQuantity(name.slice(HUGE_PAGES.length)), 0);
  } catch {
    size = 0n;
  }
  const amount = scaledValue(parseQuantity(text), 0);
  if (size > 0n && amount % size === 0n) return;
  errors.push(invalidValue(field, text, `${text} is not positive integer multiple of ${name}`));
}

function validateClaims(
  claims: NonNullable<ResourceRequirements["claims"]>,
  field: string,
  { errors, claimNames }: RequirementOptions,
): void {
  const seen = new Set<string>();
  for (const [index, { name, request = "" }] of claims.entries()) {
    const path = `${field}[${index}]`;
    if (!name) {
      errors.push(required(path));
      continue;
    }
    const key = request === "" ? name : `${name}/${request}`;
    if (seen.has(name)) errors.push(duplicate(path, name));
    else {
      for (const text of request === "" ? [] : isDNS1123Label(request)) {
        errors.push(invalidValue(`${path}.request`, request, text));
      }
      if (seen.has(key)) errors.push(duplicate(path, key));
      else if (request === "" && [...seen].some((other) => other.startsWith(`${name}/`))) {
        errors.push(duplicate(path, name));
      }
      seen.add(key);
    }
    if (claimNames.has(name)) continue;
    const known = claimNames.size === 0 ? " which is empty" : `: ${[...claimNames].sort().join(", ")}`;
    errors.push({
      ...notFoundField(path, name),
      detail: `must be one of the names in pod.spec.resourceClaims${known}`,
    });
  }
}

/** Resources of a whole pod: at least what its containers ask for together, at least what each may use. */
export function validatePodResources(
  spec: PodSpec,
  field: string,
  { errors, claimNames }: { errors: FieldError[]; claimNames: ReadonlySet<string> },
): void {
  const { resources } = spec;
  if (resources === undefined) return;
  if (resources.claims !== undefined) {
    errors.push(forbiddenField(`${field}.claims`, "claims cannot be set for Resources at pod-level"));
  }
  validateRequirements(resources, field, { errors, claimNames, checkName: validatePodResourceName });
  for (const [name, total] of sumOfRequests(spec)) {
    const own = resources.requests?.[name] ?? "0";
    if (compareQuantities(total, parseQuantity(own)) <= 0) continue;
    const detail = `must be greater than or equal to aggregate container requests of ${formatQuantity(total)}`;
    errors.push(invalidValue(`${field}.requests[${name}]`, own, detail));
  }
  for (const [index, container] of (spec.containers ?? []).entries()) {
    for (const [name, text] of Object.entries(container.resources?.limits ?? {})) {
      const limit = resources.limits?.[name];
      if (limit === undefined || compareQuantities(parseQuantity(text), parseQuantity(limit)) <= 0) continue;
      const detail = `must be less than or equal to pod limits of ${limit}`;
      errors.push(invalidValue(`${field}.containers[${index}][${name}].limits`, text, detail));
    }
  }
}

/** What the containers ask for together, at their worst moment, by resource. */
function sumOfRequests(spec: PodSpec): [string, Quantity][] {
  const { requests } = podRequests({ ...spec, resources: undefined, overhead: undefined });
  const whole = (amount: number): Quantity => ({ unscaled: BigInt(amount), exponent: 0, format: "BinarySI" });
  const total: [string, Quantity][] = [
    ["cpu", { unscaled: BigInt(requests.milliCPU), exponent: -3, format: "DecimalSI" }],
    ["memory", whole(requests.memory)],
    ["ephemeral-storage", whole(requests.ephemeralStorage)],
  ];
  for (const [name, amount] of requests.scalar ?? []) total.push([name, whole(amount)]);
  return total;
}
