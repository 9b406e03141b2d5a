/**
 * Formats of strings that a schema may ask for; others mean nothing. Upstream: kube-openapi pkg/validation/strfmt,
 * apiextensions-apiserver pkg/apiserver/validation/formats.go.
 */
import { isDNS1123Label, isDNS1123Subdomain } from "../../meta/names.ts";
import { isCIDR, isIPv4, isIPv6 } from "../../meta/ip-address.ts";

const matches = (pattern: RegExp) => (text: string) => pattern.test(text);
const UUID = "[0-9a-f]{8}-?[0-9a-f]{4}-?";
const uuid = (version: string, variant = "[0-9a-f]") =>
  matches(new RegExp(`^${UUID}${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`, "i"));

const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  "date-time": (text) =>
    /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)),
  datetime: (text) => !Number.isNaN(Date.parse(text)),
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)),
  duration: matches(/^-?(\d+(\.\d+)?\s*(ns|us|µs|ms|s|m|h|d|w)\s*)+$/),
  byte: matches(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/),
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCIDR,
  mac: matches(/^([0-9a-f]{2}[:-]){5}([0-9a-f]{2})$|^([0-9a-f]{4}\.){2}[0-9a-f]{4}$/i),
  hostname: matches(/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*\.?$/),
  email: matches(/^[^@\s]+@[^@\s]+$/),
  uri: matches(/^([A-Za-z][A-Za-z0-9+.-]*:|\/)\S*$/),
  uuid: uuid("[0-9a-f]"),
  uuid3: uuid("3"),
  uuid4: uuid("4", "[89ab]"),
  uuid5: uuid("5", "[89ab]"),
  bsonobjectid: matches(/^[0-9a-f]{24}$/i),
  hexcolor: matches(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  "k8s-short-name": (text) => isDNS1123Label(text).length === 0,
  "k8s-long-name": (text) => isDNS1123Subdomain(text).length === 0,
};

/** True for a format that nothing is known of. */
export function hasFormat(text: string, format: string): boolean {
  return !Object.hasOwn(FORMATS, format) || (FORMATS[format]?.(text) ?? true);
}
