/** What may change of a service that exists. Upstream: ValidateServiceUpdate, ValidateLoadBalancerStatus in pkg/apis/core/validation/validation.go. */
import type { Service, ServiceSpec } from "../generated/types.ts";
import { forbiddenField, invalidValue, notSupported, required, type FieldError } from "../meta/field-error.ts";
import { isIPAddress } from "../meta/ip-address.ts";
import { validateIP } from "../meta/ip-parsing.ts";
import { isDNS1123Subdomain } from "../meta/names.ts";
import { isHeadless, needsHealthCheck, validateLoadBalancerClass, validateService } from "./service-validation.ts";

const ONCE = "may not change once set";

export function validateServiceUpdate(service: Service, old: Service): FieldError[] {
  const errors: FieldError[] = [];
  const [next, before] = [service.spec, old.spec];
  if (next !== before) {
    validateClusterIPChange(next, before, errors);
    validateFamilyChange(next, before, errors);
    validateClassChange(next, before, errors);
    const port = next.healthCheckNodePort ?? 0;
    if (needsHealthCheck(next) && needsHealthCheck(before) && port !== (before.healthCheckNodePort ?? 0)) {
      errors.push(forbiddenField("spec.healthCheckNodePort", "field is immutable"));
    }
  }
  return errors.length === 0 ? validateService(service) : [...errors, ...validateService(service)];
}

/** A second address may come and go; the first one stays. */
function validateClusterIPChange(next: ServiceSpec, before: ServiceSpec, errors: FieldError[]): void {
  if (next.type === "ExternalName" || before.type === "ExternalName") return;
  if (isHeadless(next) && isHeadless(before)) return;
  const list = next.clusterIPs ?? [];
  const was = before.clusterIPs ?? [];
  const complain = (index: number, detail: string): void =>
    void errors.push(invalidValue(`spec.clusterIPs[${index}]`, list, detail));
  if (list.length === was.length) {
    for (const [index, address] of was.entries()) if (address !== list[index]) complain(index, ONCE);
    return;
  }
  if (list.length === 0) complain(0, "primary clusterIP can not be unset");
  else if (was.length > 0 && list[0] !== was[0]) complain(0, ONCE);
  if (list.length === 1 && was.length > 1) needSingleStack(next, "clusterIP", errors);
}

function needSingleStack({ ipFamilyPolicy }: ServiceSpec, what: string, errors: FieldError[]): void {
  if (ipFamilyPolicy === "SingleStack") return;
  const detail = `must be set to 'SingleStack' when releasing the secondary ${what}`;
  errors.push(invalidValue("spec.ipFamilyPolicy", ipFamilyPolicy ?? null, detail));
}

function validateFamilyChange(next: ServiceSpec, before: ServiceSpec, errors: FieldError[]): void {
  if (next.type === "ExternalName" || before.type === "ExternalName") return;
  // A headless service has no addresses that its families would have to fit.
  if (isHeadless(next) || isHeadless(before)) return;
  const list = next.ipFamilies ?? [];
  const was = before.ipFamilies ?? [];
  const complain = (value: unknown, detail: string): void =>
    void errors.push(invalidValue("spec.ipFamilies[0]", value, detail));
  if (list.length === was.length) {
    for (const [index, family] of was.entries()) if (family !== list[index]) complain(list, ONCE);
    return;
  }
  if (list.length < was.length && (next.clusterIPs ?? []).length === 0) {
    complain(list, "primary ipFamily can not be unset");
  }
  // Upstream shows the addresses here.
  if (list.length > 0 && was.length > 0 && list[0] !== was[0]) complain(next.clusterIPs ?? [], ONCE);
  if (list.length === 1 && was.length > 1) needSingleStack(next, "ipFamily", errors);
}

function validateClassChange(next: ServiceSpec, before: ServiceSpec, errors: FieldError[]): void {
  const field = "spec.loadBalancerClass";
  const both = next.type === "LoadBalancer" && before.type === "LoadBalancer";
  if (both && next.loadBalancerClass !== before.loadBalancerClass) {
    errors.push(invalidValue(field, next.loadBalancerClass ?? null, ONCE));
  }
  // Upstream asks this once more with the rest of the service.
  validateLoadBalancerClass(next, errors);
}

export function validateServiceStatusUpdate({ spec, status }: Service): FieldError[] {
  const errors: FieldError[] = [];
  const field = "status.loadBalancer.ingress";
  const ingress = status?.loadBalancer?.ingress ?? [];
  if (spec.type !== "LoadBalancer" && ingress.length > 0) {
    return [forbiddenField(field, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  for (const [index, { ip = "", ipMode, hostname = "" }] of ingress.entries()) {
    const path = `${field}[${index}]`;
    if (ip !== "") validateIP(ip, `${path}.ip`, { errors, legacy: true });
    if (ipMode === undefined) {
      if (ip !== "") errors.push(required(`${path}.ipMode`, "must be specified when `ip` is set"));
    } else if (ip === "") {
      errors.push(forbiddenField(`${path}.ipMode`, "may not be specified when `ip` is not set"));
    } else if (ipMode !== "Proxy" && ipMode !== "VIP") {
      errors.push(notSupported(`${path}.ipMode`, ipMode, ["Proxy", "VIP"]));
    }
    if (hostname === "") continue;
    for (const text of isDNS1123Subdomain(hostname)) errors.push(invalidValue(`${path}.hostname`, hostname, text));
    if (isIPAddress(hostname)) {
      errors.push(invalidValue(`${path}.hostname`, hostname, "must be a DNS name, not an IP address"));
    }
  }
  return errors;
}
