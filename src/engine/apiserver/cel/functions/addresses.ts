/** `ip("10.0.0.1").isLoopback()`, `cidr("10.0.0.0/8").containsIP("10.1.2.3")`. Upstream: apiserver pkg/cel/library/{ip,cidr}.go. */
import { isIPv4, isIPv6 } from "../../../api/meta/ip-address.ts";
import { CelFailure, type Overload } from "./overload.ts";

/** The value of `ip(…)`: 4 or 16 bytes. */
export class CelAddress {
  readonly bytes: readonly number[];

  constructor(bytes: readonly number[]) {
    this.bytes = bytes;
  }

  get family(): 4 | 6 {
    return this.bytes.length === 4 ? 4 : 6;
  }

  toString(): string {
    return this.family === 4 ? this.bytes.join(".") : formatIPv6(this.bytes);
  }
}

/** The value of `cidr(…)`. */
export class CelNetwork {
  readonly address: CelAddress;
  readonly prefix: number;

  constructor(address: CelAddress, prefix: number) {
    this.address = address;
    this.prefix = prefix;
  }

  toString(): string {
    return `${this.address.toString()}/${this.prefix}`;
  }
}

function parseAddress(text: string): CelAddress | undefined {
  if (isIPv4(text)) {
    return text.split(".").some((part) => part.length > 1 && part.startsWith("0"))
      ? undefined
      : new CelAddress(text.split(".").map(Number));
  }
  if (!isIPv6(text)) return undefined;
  const [head = "", tail] = text.split("::");
  const left = groupBytes(head);
  const right = groupBytes(tail ?? "");
  return new CelAddress([...left, ...Array.from({ length: 16 - left.length - right.length }, () => 0), ...right]);
}

function groupBytes(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (group.includes(".")) return group.split(".").map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}

/** RFC 5952: the longest run of zero groups is `::`. */
function formatIPv6(bytes: readonly number[]): string {
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
  );
  const text = groups.join(":");
  const [longest] = [...text.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)]
    .map(([run]) => run)
    .toSorted((a, b) => b.replace(/^:/, "").length - a.replace(/^:/, "").length);
  return longest === undefined
    ? text
    : text
        .replace(longest, longest.startsWith(":") ? ":" : "::")
        .replace(/^:(?!:)/, "::")
        .replace(/([^:]):$/, "$1::");
}

function parseNetwork(text: string): CelNetwork | undefined {
  const [, address = "", prefix = ""] = /^(.*)\/([0-9]{1,3})$/.exec(text) ?? [];
  const parsed = parseAddress(address);
  if (parsed === undefined || Number(prefix) > parsed.bytes.length * 8) return undefined;
  return /^0[0-9]/.test(prefix) ? undefined : new CelNetwork(parsed, Number(prefix));
}

function address(text: string): CelAddress {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new CelFailure(`IP Address "${text}" parse error during conversion from string`);
  return parsed;
}

function network(text: string): CelNetwork {
  const parsed = parseNetwork(text);
  if (parsed === undefined) {
    throw new CelFailure(`network address parse error during conversion from string: invalid CIDR address: ${text}`);
  }
  return parsed;
}

function maskedBytes({ address: { bytes }, prefix }: CelNetwork): number[] {
  return bytes.map((byte, at) => byte & (0xff00 >> Math.min(8, Math.max(0, prefix - 8 * at))) & 0xff);
}

function includes(outer: CelNetwork, inner: CelAddress): boolean {
  if (outer.address.family !== inner.family) return false;
  const masked = maskedBytes(new CelNetwork(inner, outer.prefix));
  return maskedBytes(outer).every((byte, at) => byte === masked[at]);
}

const starts =
  (...bytes: number[]) =>
  (ip: CelAddress): boolean =>
    bytes.every((byte, at) => ip.bytes[at] === byte);
const isUnspecified = (ip: CelAddress): boolean => ip.bytes.every((byte) => byte === 0);
const isLoopback = (ip: CelAddress): boolean => (ip.family === 4 ? ip.bytes[0] === 127 : ip.toString() === "::1");
const isLinkLocalUnicast = (ip: CelAddress): boolean =>
  ip.family === 4 ? starts(169, 254)(ip) : ip.bytes[0] === 0xfe && ((ip.bytes[1] ?? 0) & 0xc0) === 0x80;
const isLinkLocalMulticast = (ip: CelAddress): boolean =>
  ip.family === 4 ? starts(224, 0, 0)(ip) : ip.bytes[0] === 0xff && ((ip.bytes[1] ?? 0) & 0x0f) === 2;
const isMulticast = (ip: CelAddress): boolean =>
  ip.family === 4 ? ((ip.bytes[0] ?? 0) & 0xf0) === 0xe0 : ip.bytes[0] === 0xff;
const isGlobalUnicast = (ip: CelAddress): boolean =>
  !isUnspecified(ip) &&
  !isLoopback(ip) &&
  !isMulticast(ip) &&
  !isLinkLocalUnicast(ip) &&
  ip.toString() !== "255.255.255.255";

export const addressFunctions: readonly Overload[] = [
  ["ip(string): IP", address],
  ["isIP(string): bool", (text: string) => parseAddress(text) !== undefined],
  ["IP.family(): int", (ip: CelAddress) => BigInt(ip.family)],
  ["IP.isUnspecified(): bool", isUnspecified],
  ["IP.isLoopback(): bool", isLoopback],
  ["IP.isLinkLocalMulticast(): bool", isLinkLocalMulticast],
  ["IP.isLinkLocalUnicast(): bool", isLinkLocalUnicast],
  ["IP.isGlobalUnicast(): bool", isGlobalUnicast],
  ["string(IP): string", (ip: CelAddress) => ip.toString()],
  ["cidr(string): CIDR", network],
  ["isCIDR(string): bool", (text: string) => parseNetwork(text) !== undefined],
  ["CIDR.containsIP(string): bool", (net: CelNetwork, text: string) => includes(net, address(text))],
  ["CIDR.containsIP(IP): bool", includes],
  ["CIDR.containsCIDR(string): bool", (net: CelNetwork, text: string) => containsNetwork(net, network(text))],
  ["CIDR.containsCIDR(CIDR): bool", containsNetwork],
  ["CIDR.ip(): IP", (net: CelNetwork) => net.address],
  ["CIDR.prefixLength(): int", (net: CelNetwork) => BigInt(net.prefix)],
  ["CIDR.masked(): CIDR", (net: CelNetwork) => new CelNetwork(new CelAddress(maskedBytes(net)), net.prefix)],
  ["string(CIDR): string", (net: CelNetwork) => net.toString()],
];

function containsNetwork(outer: CelNetwork, inner: CelNetwork): boolean {
  return inner.prefix >= outer.prefix && includes(outer, inner.address);
}
