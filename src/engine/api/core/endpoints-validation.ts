/** Endpoints and EndpointSlices. Upstream: pkg/apis/core/validation, pkg/apis/discovery/validation. */
import { deepEqual } from "../../base/json.ts";
import type { EndpointAddress, Endpoints, EndpointSlice } from "../generated/types.ts";
import { duplicate, invalidValue, notSupported, required, tooMany, type FieldError } from "../meta/field-error.ts";
import { isIPAddress, isIPv4, isIPv6 } from "../meta/ip-address.ts";
import { isDNS1123Label, isDNS1123Subdomain, isValidPortNum } from "../meta/names.ts";
import { IMMUTABLE } from "../meta/validate-meta.ts";

const PROTOCOLS = ["TCP", "UDP", "SCTP"];
const FAMILIES = ["IPv4", "IPv6", "FQDN"];
const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;
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
    for (const [at, { name = "", port, protocol = "" }] of ports.entries()) {
      const field = `${path}.ports[${at}]`;
      if (ports.length > 1 && name === "") errors.push(required(`${field}.name`));
      else if (name !== "")
        for (const text of isDNS1123Label(name)) errors.push(invalidValue(`${field}.name`, name, text));
      for (const text of isValidPortNum(port ?? 0)) errors.push(invalidValue(`${field}.port`, port ?? 0, text));
      if (protocol === "") errors.push(required(`${field}.protocol`));
      else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${field}.protocol`, protocol, PROTOCOLS));
    }
  }
  return errors;
}

function validateAddress({ ip, hostname, nodeName }: EndpointAddress, field: string, errors: FieldError[]): void {
  if (!isIPAddress(ip ?? "")) errors.push(invalidValue(`${field}.ip`, ip ?? "", IP_DETAIL));
  else validateSpecialIP(ip, `${field}.ip`, errors);
  if (hostname)
    for (const text of isDNS1123Label(hostname)) errors.push(invalidValue(`${field}.hostname`, hostname, text));
  if (nodeName !== undefined) {
    for (const text of isDNS1123Subdomain(nodeName)) errors.push(invalidValue(`${field}.nodeName`, nodeName, text));
  }
}

function validateSpecialIP(ip: string, field: string, errors: FieldError[]): void {
  const complain = (detail: string): void => void errors.push(invalidValue(field, ip, detail));
  if (ip === "0.0.0.0" || ip === "::") complain(`may not be unspecified (${ip})`);
  if (ip.startsWith("127.") || ip === "::1") complain("may not be in the loopback range (127.0.0.0/8, ::1/128)");
  if (ip.startsWith("169.254.")) complain("may not be in the link-local range (169.254.0.0/16, fe80::/10)");
  if (ip.startsWith("224.0.0.")) complain("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
}

export function validateEndpointSlice({ addressType, endpoints, ports = [] }: EndpointSlice): FieldError[] {
  const errors: FieldError[] = [];
  if (!addressType) errors.push(required("addressType"));
  else if (!FAMILIES.includes(addressType)) errors.push(notSupported("addressType", addressType, FAMILIES));
  const list = endpoints ?? [];
  if (list.length > MAX_ENDPOINTS) return [...errors, tooMany("endpoints", list.length, MAX_ENDPOINTS)];
  for (const [index, { addresses = [], hostname }] of list.entries()) {
    const path = `endpoints[${index}]`;
    if (addresses.length === 0) errors.push(required(`${path}.addresses`, "must contain at least 1 address"));
    if (addresses.length > MAX_ADDRESSES) errors.push(tooMany(`${path}.addresses`, addresses.length, MAX_ADDRESSES));
    for (const [at, address] of addresses.entries()) {
      const field = `${path}.addresses[${at}]`;
      if (addressType === "IPv4" && !isIPv4(address))
        errors.push(invalidValue(field, address, "must be a valid IPv4 address"));
      else if (addressType === "IPv6" && !isIPv6(address))
        errors.push(invalidValue(field, address, "must be a valid IPv6 address"));
      else if (addressType !== "FQDN") validateSpecialIP(address, field, errors);
    }
    if (hostname)
      for (const text of isDNS1123Label(hostname)) errors.push(invalidValue(`${path}.hostname`, hostname, text));
  }
  if (ports.length > MAX_PORTS) errors.push(tooMany("ports", ports.length, MAX_PORTS));
  const names = new Set<string>();
  for (const [index, { name = "", port, protocol = "" }] of ports.entries()) {
    if (name !== "")
      for (const text of isDNS1123Label(name)) errors.push(invalidValue(`ports[${index}].name`, name, text));
    if (names.has(name)) errors.push(duplicate(`ports[${index}].name`, name));
    names.add(name);
    if (port !== undefined)
      for (const text of isValidPortNum(port)) errors.push(invalidValue(`ports[${index}].port`, port, text));
    if (protocol === "") errors.push(required(`ports[${index}].protocol`));
    else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`ports[${index}].protocol`, protocol, PROTOCOLS));
  }
  return errors;
}

export function validateEndpointSliceUpdate(slice: EndpointSlice, old: EndpointSlice): FieldError[] {
  const errors = validateEndpointSlice(slice);
  if (!deepEqual(slice.addressType, old.addressType)) {
    errors.push(invalidValue("addressType", slice.addressType, IMMUTABLE));
  }
  return errors;
}
