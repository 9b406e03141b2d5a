/**
 * Requests for devices: defaults and rules that claims, templates and classes share. Upstream: pkg/apis/resource/v1/defaults.go,
 * pkg/apis/resource/validation/validation.go.
 * Simplified: CEL expressions are kept as they are, not compiled; of constraints and configurations only the outer form is
 * checked.
 */
import type {
  DeviceClaim,
  DeviceRequest,
  DeviceSelector,
  DeviceSubRequest,
  DeviceToleration,
  ExactDeviceRequest,
  ResourceClaimSpec,
} from "../generated/types.ts";
import {
  duplicate,
  invalidValue,
  notSupported,
  required,
  tooLong,
  tooMany,
  type FieldError,
} from "../meta/field-error.ts";
import { isDNS1123Label, isDNS1123Subdomain } from "../meta/names.ts";
import { fill, fillZero, mapField, mapShared } from "../meta/share.ts";

export const RESOURCE_GROUP = "resource.k8s.io";
const MAX_ITEMS = 32;
const MAX_SUB_REQUESTS = 8;
const MAX_EXPRESSION = 10 * 1024;
const MODES = ["All", "ExactCount"];

type Request = ExactDeviceRequest | DeviceSubRequest;

export function defaultClaim(spec: ResourceClaimSpec): ResourceClaimSpec {
  return mapField(spec, "devices", (devices) =>
    mapField(devices, "requests", (requests) =>
      mapShared(requests, (request) =>
        mapField(mapField(request, "exactly", defaultRequest), "firstAvailable", (alternatives) =>
          mapShared(alternatives, defaultRequest),
        ),
      ),
    ),
  );
}

function defaultRequest<R extends Request>(request: R): R {
  let filled: Request = fill(request as Request, { allocationMode: "ExactCount" });
  if (filled.allocationMode === "ExactCount") filled = fillZero(filled, { count: 1 });
  return mapField(filled, "tolerations", (list) => mapShared(list, defaultToleration)) as R;
}

function defaultToleration(toleration: DeviceToleration): DeviceToleration {
  return fill(toleration, { operator: "Equal" });
}

/** `field` is where the spec lies: `spec`, of a template `spec.spec`. */
export function validateClaimSpec(spec: ResourceClaimSpec | undefined, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const devices: DeviceClaim = spec?.devices ?? {};
  const path = `${field}.devices`;
  const { requests = [], constraints = [], config = [] } = devices;
  validateSize(requests, `${path}.requests`, MAX_ITEMS, errors);
  const names = new Set<string>();
  for (const [index, request] of requests.entries()) {
    const at = `${path}.requests[${index}]`;
    if (names.has(request.name)) errors.push(duplicate(at, request.name));
    names.add(request.name);
    validateRequest(request, at, errors);
  }
  validateSize(constraints, `${path}.constraints`, MAX_ITEMS, errors);
  validateSize(config, `${path}.config`, MAX_ITEMS, errors);
  for (const [index, { requests: about = [] }] of [...constraints, ...config].entries()) {
    const list = index < constraints.length ? "constraints" : "config";
    const position = index < constraints.length ? index : index - constraints.length;
    for (const [at, name] of about.entries()) {
      if (names.has(name.split("/")[0] ?? "")) continue;
      const detail =
        "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
      errors.push(invalidValue(`${path}.${list}[${position}].requests[${at}]`, name, detail));
    }
  }
  return errors;
}

function validateSize(list: readonly unknown[], field: string, max: number, errors: FieldError[]): void {
  if (list.length > max) errors.push(tooMany(field, list.length, max));
}

function validateName(name: string, field: string, errors: FieldError[]): void {
  if (name === "") errors.push(required(field));
  else for (const text of isDNS1123Label(name)) errors.push(invalidValue(field, name, text));
}

function validateRequest(
  { name = "", exactly, firstAvailable = [] }: DeviceRequest,
  path: string,
  errors: FieldError[],
): void {
  validateName(name, `${path}.name`, errors);
  const one = "exactly one of `exactly` or `firstAvailable` is required";
  validateSize(firstAvailable, `${path}.firstAvailable`, MAX_SUB_REQUESTS, errors);
  for (const [index, alternative] of firstAvailable.entries()) {
    const at = `${path}.firstAvailable[${index}]`;
    validateName(alternative.name ?? "", `${at}.name`, errors);
    validateDevices(alternative, at, errors);
  }
  if (exactly !== undefined) validateDevices(exactly, `${path}.exactly`, errors);
  if (exactly === undefined && firstAvailable.length === 0) errors.push(required(path, one));
  if (exactly !== undefined && firstAvailable.length > 0) {
    errors.push(invalidValue(path, null, `${one}, but multiple fields are set`));
  }
}

function validateDevices(request: Request, path: string, errors: FieldError[]): void {
  const { deviceClassName = "", selectors = [], allocationMode: mode = "", count = 0 } = request;
  if (deviceClassName === "") errors.push(required(`${path}.deviceClassName`));
  else {
    for (const text of isDNS1123Subdomain(deviceClassName)) {
      errors.push(invalidValue(`${path}.deviceClassName`, deviceClassName, text));
    }
  }
  validateSelectors(selectors, `${path}.selectors`, errors);
  if (!MODES.includes(mode)) errors.push(notSupported(`${path}.allocationMode`, mode, MODES));
  else if (mode === "ExactCount" && count <= 0) {
    errors.push(invalidValue(`${path}.count`, count, "must be greater than zero"));
  } else if (mode === "All" && count !== 0) {
    errors.push(invalidValue(`${path}.count`, count, "must not be specified when allocationMode is 'All'"));
  }
}

export function validateSelectors(selectors: readonly DeviceSelector[], field: string, errors: FieldError[]): void {
  validateSize(selectors, field, MAX_ITEMS, errors);
  for (const [index, { cel }] of selectors.entries()) {
    const path = `${field}[${index}].cel`;
    if (cel === undefined) errors.push(required(path));
    else if ((cel.expression ?? "") === "") errors.push(required(`${path}.expression`));
    else if (cel.expression.length > MAX_EXPRESSION) {
      errors.push(tooLong(`${path}.expression`, "", MAX_EXPRESSION));
    }
  }
}
