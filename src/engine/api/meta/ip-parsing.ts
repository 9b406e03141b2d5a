/**
 * IP addresses and networks as new objects must write them (StrictIPCIDRValidation, on since v1.36).
 * Upstream: apimachinery pkg/util/validation/ip.go. `ip-address.ts` has the lenient rules.
 */
import { invalidValue, type FieldError } from "./field-error.ts";
import { isCIDR, isIPv4, isIPv6 } from "./ip-address.ts";

const IP_TEXT = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const CIDR_TEXT = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
const V4_BITS = 32;
const V6_BITS = 128;
const MAPPED = 0xffffn;

export interface Address {
  bits: typeof V4_BITS | typeof V6_BITS;
  value: bigint;
}

export interface Network extends Address {
  prefix: number;
}

function parseV4(text: string): bigint {
  return text.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

function groupsOf(text: string): bigint[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [BigInt(`0x${group}`)];
    const value = parseV4(group);
    return [value >> 16n, value & 0xffffn];
  });
}

/** undefined when `text` is no address. */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { bits: V4_BITS, value: parseV4(text) };
  if (!isIPv6(text)) return undefined;
  const [head = "", tail] = text.split("::");
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0n);
  const value = [...before, ...zeros, ...after].reduce((sum, group) => (sum << 16n) + group, 0n);
  return { bits: V6_BITS, value };
}

export function formatAddress({ bits, value }: Address): string {
  if (bits === V4_BITS) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join(".");
  const groups = Array.from({ length: 8 }, (_, at) => Number((value >> BigInt(112 - 16 * at)) & 0xffffn));
  const gap = longestZeros(groups);
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(":");
  if (gap === undefined) return hex(groups);
  return `${hex(groups.slice(0, gap.start))}::${hex(groups.slice(gap.end))}`;
}

/** An IPv6 address of 16 bytes, as Go prints it. */
export function formatIPv6(bytes: readonly number[]): string {
  return formatAddress({ bits: V6_BITS, value: bytes.reduce((sum, byte) => (sum << 8n) + BigInt(byte), 0n) });
}

/** The first longest run of at least two zeros. */
function longestZeros(groups: readonly number[]): { start: number; end: number } | undefined {
  let best: { start: number; end: number } | undefined;
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === 0) end++;
    if (end - start >= 2 && end - start > (best === undefined ? 0 : best.end - best.start)) best = { start, end };
    if (end > start) start = end;
  }
  return best;
}

function hasLeadingZeros(text: string): boolean {
  return (
    text.includes(".") &&
    text
      .slice(text.lastIndexOf(":") + 1)
      .split(".")
      .some((part) => /^0[0-9]/.test(part))
  );
}

function isMapped({ bits, value }: Address): boolean {
  return bits === V6_BITS && value >> 32n === MAPPED;
}

/**
 * Complains unless `text` is an address in the one form that it should have; `legacy`: other forms of IPv6 are fine too.
 * Says whether it was content.
 */
export function validateIP(text: string, field: string, options: { errors: FieldError[]; legacy?: boolean }): boolean {
  const { errors, legacy = false } = options;
  const before = errors.length;
  const complain = (detail: string): void => void errors.push(invalidValue(field, text, detail));
  const address = parseAddress(text);
  if (address === undefined) complain(IP_TEXT);
  else if (hasLeadingZeros(text)) complain("must not have leading 0s");
  else if (isMapped(address)) complain("must not be an IPv4-mapped IPv6 address");
  else if (!legacy && formatAddress(address) !== text) {
    complain(`must be in canonical form (${JSON.stringify(formatAddress(address))})`);
  }
  return errors.length === before;
}

/** As `validateIP`, of networks. Gives the network, of a sound text or not; undefined when there is none. */
export function validateCIDR(
  text: string,
  field: string,
  options: { errors: FieldError[]; legacy?: boolean },
): Network | undefined {
  const { errors, legacy = false } = options;
  const complain = (detail: string): void => void errors.push(invalidValue(field, text, detail));
  const network = parseNetwork(text);
  if (network === undefined) {
    complain(CIDR_TEXT);
    return undefined;
  }
  const [ip = "", length = ""] = text.split("/");
  const address = parseAddress(ip) as Address;
  if (hasLeadingZeros(ip) || /^0[0-9]/.test(length)) complain("must not have leading 0s in IP or prefix length");
  else if (isMapped(address)) complain("must not have an IPv4-mapped IPv6 address");
  else if (address.value !== network.value) complain("must not have bits set beyond the prefix length");
  else if (!legacy && `${formatAddress(network)}/${network.prefix}` !== text) {
    complain(`must be in canonical form (${JSON.stringify(`${formatAddress(network)}/${network.prefix}`)})`);
  }
  return network;
}

/** The network of `10.1.2.3/16`: 10.1.0.0, 16. undefined when `text` is none. */
export function parseNetwork(text: string): Network | undefined {
  if (!isCIDR(text)) return undefined;
  const [ip = "", length = ""] = text.split("/");
  const { bits, value } = parseAddress(ip) as Address;
  const prefix = Number(length);
  const free = BigInt(bits - prefix);
  return { bits, value: (value >> free) << free, prefix };
}

/** True iff `inner` lies in `outer` and is smaller. */
export function isStrictSubset(inner: Network, outer: Network): boolean {
  if (inner.bits !== outer.bits || inner.prefix <= outer.prefix) return false;
  const free = BigInt(outer.bits - outer.prefix);
  return inner.value >> free === outer.value >> free;
}
