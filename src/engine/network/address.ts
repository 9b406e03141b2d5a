/**
 * IP addresses as numbers. An IPv4 address is its unsigned 32-bit value. IPv6 addresses have no room in a number: each one
 * that is met gets a number of its own above those, and the same one whenever it is met again, so that tables and
 * comparisons needn't know the family. The numbers mean nothing beyond that and are never shown.
 */

export type Family = "IPv4" | "IPv6";

const FIRST_IPV6 = 2 ** 32;
const ipv6Numbers = new Map<bigint, number>();
const ipv6Values: bigint[] = [];

/** The number of a dotted quad or an IPv6 address, -1 when `text` is neither. */
export function parseAddress(text: string): number {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 46) {
      if (octet < 0 || ++dots > 3) return parseIPv6(text);
      value = value * 256 + octet;
      octet = -1;
    } else if (unit >= 48 && unit <= 57) {
      octet = (octet < 0 ? 0 : octet * 10) + unit - 48;
      if (octet > 255) return parseIPv6(text);
    } else {
      return parseIPv6(text);
    }
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : -1;
}

export function familyOf(address: number): Family {
  return address >= FIRST_IPV6 ? "IPv6" : "IPv4";
}

export function formatAddress(address: number): string {
  if (address >= FIRST_IPV6) return formatIPv6(ipv6Values[address - FIRST_IPV6] ?? 0n);
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** `10.0.0.1:80`, `[fd00::1]:80`. */
export function formatSocket(address: number, port: number): string {
  return address >= FIRST_IPV6 ? `[${formatAddress(address)}]:${port}` : `${formatAddress(address)}:${port}`;
}

/** What `formatSocket` wrote; the address is -1 when it is none. */
export function parseSocket(text: string): { address: number; port: number } {
  const colon = text.lastIndexOf(":");
  return { address: parseAddress(text.slice(0, colon).replace(/^\[|\]$/g, "")), port: Number(text.slice(colon + 1)) };
}

/** The loopback address of the family that `address` is of. */
export function loopbackFor(address: number): string {
  return address >= FIRST_IPV6 ? "::1" : "127.0.0.1";
}

/** 127.0.0.0/8 or ::1. */
export function isLoopback(address: number): boolean {
  return address >= FIRST_IPV6 ? ipv6Values[address - FIRST_IPV6] === 1n : address >>> 24 === 127;
}

export interface Range {
  /** Network address. */
  readonly first: number;
  /** Broadcast address. */
  readonly last: number;
  /** First and last value of a range of IPv6; `first` and `last` are -1 then. */
  readonly ipv6?: { readonly first: bigint; readonly last: bigint };
}

/** The range of `10.244.1.0/24` or `fd00:10:244::/64`; undefined when `text` is none. */
export function parseRange(text: string): Range | undefined {
  const slash = text.indexOf("/");
  const base = slash < 0 ? -1 : parseAddress(text.slice(0, slash));
  const bits = Number(text.slice(slash + 1));
  if (base < 0 || !Number.isInteger(bits) || bits < 0) return undefined;
  if (base >= FIRST_IPV6) {
    if (bits > 128) return undefined;
    const size = 1n << BigInt(128 - bits);
    const value = ipv6Values[base - FIRST_IPV6] ?? 0n;
    const first = value - (value % size);
    return { first: -1, last: -1, ipv6: { first, last: first + size - 1n } };
  }
  if (bits > 32) return undefined;
  const size = 2 ** (32 - bits);
  const first = base - (base % size);
  return { first, last: first + size - 1 };
}

/** Ranges of a list like `10.244.0.0/16,fd00:10:244::/56`. */
export function parseRanges(texts: string): Range[] {
  return texts.split(",").flatMap((text) => parseRange(text) ?? []);
}

/** The one of such a list that is of the family; "" when there is none. */
export function rangeOfFamily(texts: string, family: Family): string {
  return texts.split(",").find((text) => text.includes(":") === (family === "IPv6")) ?? "";
}

/** How many addresses a range has, up to what a number holds exactly, and the one with a number: 0 is the range's own. */
export function rangeSize({ first, last, ipv6 }: Range): number {
  return ipv6 === undefined ? last - first + 1 : Math.min(Number(ipv6.last - ipv6.first + 1n), Number.MAX_SAFE_INTEGER);
}

export function addressAt({ first, ipv6 }: Range, index: number): number {
  return ipv6 === undefined ? first + index : ipv6Number(ipv6.first + BigInt(index));
}

export function inRanges(ranges: readonly Range[], address: number): boolean {
  return ranges.some((range) => inRange(range, address));
}

export function inRange(range: Range | undefined, address: number): boolean {
  if (range === undefined) return false;
  if (range.ipv6 === undefined) return address >= range.first && address <= range.last;
  if (address < FIRST_IPV6) return false;
  const value = ipv6Values[address - FIRST_IPV6] ?? 0n;
  return value >= range.ipv6.first && value <= range.ipv6.last;
}

/** The number of an IPv6 address by its value. */
export function ipv6Number(value: bigint): number {
  let number = ipv6Numbers.get(value);
  if (number === undefined) {
    number = FIRST_IPV6 + ipv6Values.length;
    ipv6Numbers.set(value, number);
    ipv6Values.push(value);
  }
  return number;
}

const GROUP = /^[0-9a-fA-F]{1,4}$/;

function parseIPv6(text: string): number {
  if (!text.includes(":")) return -1;
  const halves = text.split("::");
  if (halves.length > 2) return -1;
  const [head, tail] = halves.map((half, index) => groupsOf(half, index === halves.length - 1));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return -1;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return -1;
  let value = 0n;
  for (const group of [...head, ...Array.from({ length: missing }, () => 0), ...(tail ?? [])])
    value = value * 65536n + BigInt(group);
  return ipv6Number(value);
}

/** The 16-bit groups of one side of `::`; undefined when it is none. The very last one may be a dotted quad. */
function groupsOf(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  for (const part of text.split(":")) {
    const quad = last && part.includes(".") && text.endsWith(part) ? parseAddress(part) : -1;
    if (quad >= 0) groups.push(Math.floor(quad / 65536), quad % 65536);
    else if (GROUP.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** RFC 5952: lower case, no leading zeros, the first longest run of at least two zero groups left out. */
function formatIPv6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(16 * (7 - index))) & 0xffffn));
  let best = { at: -1, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (at + length < 8 && groups[at + length] === 0) length++;
    if (length > best.length) best = { at, length };
  }
  const words = groups.map((group) => group.toString(16));
  if (best.at < 0) return words.join(":");
  return `${words.slice(0, best.at).join(":")}::${words.slice(best.at + best.length).join(":")}`;
}
