/** Endpoints and EndpointSlices. Upstream: pkg/apis/core/validation, pkg/apis/discovery/validation. */
import { deepEqual } from "../../base/json.ts";
import type { Endpoint, EndpointAddress, EndpointHints, Endpoints, EndpointSlice } from "../generated/types.ts";
import { duplicate, invalidValue, notSupported, required, tooMany, type FieldError } from "../meta/field-error.ts";
import { isIPAddress, isIPv4, isIPv6 } from "../meta/ip-address.ts";
import {
  isDNS1123Label,
  isDNS1123Subdomain,
  isQualifiedName,
  isValidPortNum,
  validateFullyQualified,
} from "../meta/names.ts";
import { IMMUTABLE, validateLabels } from "../meta/validate-meta.ts";

const PROTOCOLS = ["TCP", "UDP", "SCTP"];
const FAMILIES = ["IPv4", "IPv6", "FQDN"];
const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 100;
const MAX_TOPOLOGY_LABELS = 16;
const MAX_HINTS = 8;
const IP_DETAIL = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

export function validateEndpoints({ subsets = [] }: Endpoints): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, { addresses = [], notReadyAddresses = [], ports = [] }] of subsets.entries()) {
    const path = `subsets[${index}]`;
    if (addresses.length === 0 && notReadyAddresses.length === 0) {
      errors.push(required(path, "must specify `addresses` or `notReadyAddresses`"));
    }
    for (const [at, address] of addresses.entries()) validateAddress(address, `${path}.addresses[${at}]`, errors);
    for (const [at, address] of notReadyAddresses.entries()) {
      validateAddress(address, `${path}.notReadyAddresses[${at}]`, errors);
    }
    for (const [at, { name = "", port, protocol = "", appProtocol }] of ports.entries()) {
      const field = `${path}.ports[${at}]`;
      if (ports.length > 1 && name === "") errors.push(required(`${field}.name`));
      else if (name !== "")
        for (const text of isDNS1123Label(name)) errors.push(invalidValue(`${field}.name`, name, text));
      for (const text of isValidPortNum(port ?? 0)) errors.push(invalidValue(`${field}.port`, port ?? 0, text));
      if (protocol === "") errors.push(required(`${field}.protocol`));
      else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${field}.protocol`, protocol, PROTOCOLS));
      checkAppProtocol(appProtocol, `${field}.appProtocol`, errors);
    }
  }
  return errors;
}

function checkAppProtocol(protocol: string | undefined, field: string, errors: FieldError[]): void {
  if (protocol === undefined) return;
  for (const text of isQualifiedName(protocol)) errors.push(invalidValue(field, protocol, text));
}

function validateAddress({ ip, hostname, nodeName }: EndpointAddress, field: string, errors: FieldError[]): void {
  if (!isIPAddress(ip ?? "")) errors.push(invalidValue(`${field}.ip`, ip ?? "", IP_DETAIL));
  else validateNonSpecialIP(ip, `${field}.ip`, errors);
  if (hostname)
    for (const text of isDNS1123Label(hostname)) errors.push(invalidValue(`${field}.hostname`, hostname, text));
  if (nodeName !== undefined) {
    for (const text of isDNS1123Subdomain(nodeName)) errors.push(invalidValue(`${field}.nodeName`, nodeName, text));
  }
}

/** Addresses that mean something else on every host. Upstream: ValidateNonSpecialIP. */
export function validateNonSpecialIP(ip: string, field: string, errors: FieldError[]): void {
  const complain = (detail: string): void => void errors.push(invalidValue(field, ip, detail));
  const text = ip.toLowerCase();
  if (/^(?:0+(?:\.0+){3}|[0:]+)$/.test(text)) complain(`may not be unspecified (${ip})`);
  if (/^(?:0*127\.|[0:]*:0*1$)/.test(text)) complain("may not be in the loopback range (127.0.0.0/8, ::1/128)");
  if (/^(?:169\.254\.|fe[89ab][0-9a-f]:)/.test(text)) {
    complain("may not be in the link-local range (169.254.0.0/16, fe80::/10)");
  }
  if (/^(?:224\.0\.0\.|ff[0-9a-f]2:)/.test(text)) {
    complain("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
  }
}

export function validateEndpointSlice({ addressType, endpoints, ports = [] }: EndpointSlice): FieldError[] {
  const errors: FieldError[] = [];
  if (!addressType) errors.push(required("addressType"));
  else if (!FAMILIES.includes(addressType)) errors.push(notSupported("addressType", addressType, FAMILIES));
  const list = endpoints ?? [];
  if (list.length > MAX_ENDPOINTS) errors.push(tooMany("endpoints", list.length, MAX_ENDPOINTS));
  else for (const [index, endpoint] of list.entries()) validateEndpoint(endpoint, addressType, index, errors);
  if (ports.length > MAX_PORTS) return [...errors, tooMany("ports", ports.length, MAX_PORTS)];
  const names = new Set<string>();
  for (const [index, { name = "", protocol = "", appProtocol }] of ports.entries()) {
    const path = `ports[${index}]`;
    if (name !== "") for (const text of isDNS1123Label(name)) errors.push(invalidValue(`${path}.name`, name, text));
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
    names.add(name);
    if (protocol === "") errors.push(required(`${path}.protocol`));
    else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${path}.protocol`, protocol, PROTOCOLS));
    checkAppProtocol(appProtocol, `${path}.appProtocol`, errors);
  }
  return errors;
}

function validateEndpoint(
  { addresses = [], hostname, deprecatedTopology = {}, hints }: Endpoint,
  addressType: string,
  index: number,
  errors: FieldError[],
): void {
  const path = `endpoints[${index}]`;
  if (addresses.length === 0) errors.push(required(`${path}.addresses`, "must contain at least 1 address"));
  else if (addresses.length > MAX_ADDRESSES) {
    errors.push(tooMany(`${path}.addresses`, addresses.length, MAX_ADDRESSES));
  }
  for (const [at, address] of addresses.entries()) {
    const field = `${path}.addresses[${at}]`;
    if (addressType === "FQDN") {
      errors.push(...validateFullyQualified(field, address, 2));
      continue;
    }
    if (addressType !== "IPv4" && addressType !== "IPv6") continue;
    if (!(addressType === "IPv4" ? isIPv4(address) : isIPv6(address))) {
      errors.push(invalidValue(field, address, `must be a valid ${addressType} address`));
    }
    if (isIPAddress(address)) validateNonSpecialIP(address, field, errors);
    else errors.push(invalidValue(field, address, "must be a valid IP address"));
  }
  const topology = Object.keys(deprecatedTopology).length;
  const field = `${path}.deprecatedTopology`;
  if (topology > MAX_TOPOLOGY_LABELS) errors.push(tooMany(field, topology, MAX_TOPOLOGY_LABELS));
  validateLabels(deprecatedTopology, field, errors);
  if (hostname !== undefined) {
    for (const text of isDNS1123Label(hostname)) errors.push(invalidValue(`${path}.hostname`, hostname, text));
  }
  if (hints !== undefined) validateHints(hints, `${path}.hints`, errors);
}

/** Upstream: validateHints. */
function validateHints({ forZones = [], forNodes = [] }: EndpointHints, path: string, errors: FieldError[]): void {
  for (const [name, list] of Object.entries({ forZones, forNodes })) {
    const field = `${path}.${name}`;
    if (list.length > MAX_HINTS) {
      errors.push(tooMany(field, list.length, MAX_HINTS));
      continue;
    }
    const names = list.map((hint) => hint.name ?? "");
    for (const [at, hint] of names.entries()) {
      if (names.indexOf(hint) < at) errors.push(duplicate(`${field}[${at}].name`, hint));
      for (const text of isQualifiedName(hint)) errors.push(invalidValue(`${field}[${at}].name`, hint, text));
    }
  }
}

export function validateEndpointSliceUpdate(slice: EndpointSlice, old: EndpointSlice): FieldError[] {
  const errors = validateEndpointSlice(slice);
  if (!deepEqual(slice.addressType, old.addressType)) {
    errors.push(invalidValue("addressType", slice.addressType, IMMUTABLE));
  }
  return errors;
}
