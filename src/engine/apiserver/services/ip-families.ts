/**
 * Which families of addresses a service has, by what it says and what the cluster has. Upstream: initIPFamilyFields of
 * pkg/registry/core/service/storage/alloc.go.
 */
import type { Service, ServiceSpec } from "../../api/generated/types.ts";
import { clusterIPErrors } from "../../api/core/service-validation.ts";
import { invalid, invalidValue, type FieldError } from "../../api/meta/field-error.ts";
import { deepEqual } from "../../base/json.ts";
import { familyOf, type IPFamily } from "./address-range.ts";

const NONE = "None";
const POLICY = "spec.ipFamilyPolicy";
const SERVICE = { group: "", kind: "Service" };

/** `configured`: the cluster's families, the default one first. Throws the 422 when they don't go together. */
export function withFamilies(
  service: Service,
  before: ServiceSpec | undefined,
  configured: readonly IPFamily[],
): Service {
  const { spec } = service;
  if (spec.type === "ExternalName" || keepsPreference(spec, before)) return service;
  const ipFamilyPolicy = spec.ipFamilyPolicy ?? before?.ipFamilyPolicy ?? (isFree(spec) ? DUAL : SINGLE);
  const named = ipFamilyPolicy === spec.ipFamilyPolicy ? spec : { ...spec, ipFamilyPolicy };
  refuse(service, clusterIPErrors(named));
  const reduced = before === undefined ? named : withoutSecond(service, named, before);
  const errors = policyErrors(reduced);
  const ipFamilies = [...(reduced.ipFamilies ?? [])] as IPFamily[];
  for (const [index, address] of (reduced.clusterIPs ?? []).entries()) {
    if (address === NONE) break;
    if (index < ipFamilies.length) continue;
    const family = familyOf(address);
    if (configured.includes(family)) ipFamilies.push(family);
    else {
      const detail = `${family} is not configured on this cluster`;
      errors.push(invalidValue(`spec.clusterIPs[${index}]`, reduced.clusterIPs, detail));
    }
  }
  refuse(service, errors);
  if (!isFree(reduced)) refuse(service, clusterErrors(reduced, ipFamilies, configured));
  if (ipFamilies.length === 0) ipFamilies.push(configured[0] as IPFamily);
  // A service without addresses and selector may have families that the cluster has not.
  const canHaveTwo = isFree(reduced) || configured.length === 2;
  if (ipFamilyPolicy !== SINGLE && ipFamilies.length === 1 && canHaveTwo) {
    ipFamilies.push(ipFamilies[0] === "IPv4" ? "IPv6" : "IPv4");
  }
  const same = deepEqual(ipFamilies, reduced.ipFamilies);
  return reduced === spec && same ? service : { ...service, spec: same ? reduced : { ...reduced, ipFamilies } };
}

const SINGLE = "SingleStack";
const DUAL = "RequireDualStack";

/** No address and nothing selected: its endpoints are anybody's. */
function isFree({ clusterIP, selector = {} }: ServiceSpec): boolean {
  return clusterIP === NONE && Object.keys(selector).length === 0;
}

/** What prefers two families isn't given or denied the second one by a change of the cluster alone. */
export function keepsPreference(spec: ServiceSpec, before: ServiceSpec | undefined): boolean {
  return (
    before !== undefined &&
    spec.ipFamilyPolicy === "PreferDualStack" &&
    before.ipFamilyPolicy === "PreferDualStack" &&
    spec.type === before.type &&
    spec.clusterIP === before.clusterIP &&
    deepEqual(spec.clusterIPs, before.clusterIPs) &&
    deepEqual(spec.ipFamilies, before.ipFamilies)
  );
}

/** A service that turns to one family gives up its second address and family, as long as it says nothing else of them. */
function withoutSecond(service: Service, spec: ServiceSpec, before: ServiceSpec): ServiceSpec {
  const { clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const [oldIPs, oldFamilies] = [before.clusterIPs ?? [], before.ipFamilies ?? []];
  if (ipFamilyPolicy === SINGLE) {
    const addressGoes = clusterIPs.length > 1 && deepEqual(clusterIPs, oldIPs);
    const familyGoes = ipFamilies.length > 1 && deepEqual(ipFamilies, oldFamilies);
    if (!addressGoes && !familyGoes) return spec;
    return {
      ...spec,
      ...(addressGoes && { clusterIPs: clusterIPs.slice(0, 1) }),
      ...(familyGoes && { ipFamilies: ipFamilies.slice(0, 1) }),
    };
  }
  const errors: FieldError[] = [];
  if (isReduced(clusterIPs, oldIPs)) {
    errors.push(invalidValue(POLICY, ipFamilyPolicy, "must be 'SingleStack' to release the secondary cluster IP"));
  }
  if (isReduced(ipFamilies, oldFamilies)) {
    errors.push(invalidValue(POLICY, ipFamilyPolicy, "must be 'SingleStack' to release the secondary IP family"));
  }
  refuse(service, errors);
  return spec;
}

function isReduced(list: readonly string[], before: readonly string[]): boolean {
  return list.length === 1 && before.length === 2 && list[0] === before[0];
}

function policyErrors({ ipFamilyPolicy, clusterIPs = [], ipFamilies = [] }: ServiceSpec): FieldError[] {
  if (ipFamilyPolicy !== SINGLE) return [];
  const errors: FieldError[] = [];
  const need = (what: string): void => {
    const detail = `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
    errors.push(invalidValue(POLICY, ipFamilyPolicy, detail));
  };
  if (clusterIPs.length === 2) need("cluster IPs");
  if (ipFamilies.length === 2) need("IP families");
  return errors;
}

function clusterErrors(
  { ipFamilyPolicy }: ServiceSpec,
  ipFamilies: readonly IPFamily[],
  configured: readonly IPFamily[],
): FieldError[] {
  const errors: FieldError[] = [];
  if (ipFamilyPolicy === DUAL && configured.length < 2) {
    errors.push(invalidValue(POLICY, ipFamilyPolicy, "this cluster is not configured for dual-stack services"));
  }
  for (const [index, family] of ipFamilies.entries()) {
    if (configured.includes(family)) continue;
    errors.push(invalidValue(`spec.ipFamilies[${index}]`, family, "not configured on this cluster"));
  }
  return errors;
}

function refuse({ metadata }: Service, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid(SERVICE, metadata.name, [...errors]);
}
