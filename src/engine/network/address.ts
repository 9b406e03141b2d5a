/** IPv4 addresses and ranges as unsigned 32-bit numbers. Simplified: no IPv6. */

/** The number of a dotted quad, -1 when `text` is none. */
export function parseAddress(text: string): number {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 46) {
      if (octet < 0 || ++dots > 3) return -1;
      value = value * 256 + octet;
      octet = -1;
    } else if (unit >= 48 && unit <= 57) {
      octet = (octet < 0 ? 0 : octet * 10) + unit - 48;
      if (octet > 255) return -1;
    } else {
      return -1;
    }
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : -1;
}

export function formatAddress(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** 127.0.0.0/8. */
export function isLoopback(address: number): boolean {
  return address >>> 24 === 127;
}

export interface Range {
  /** Network address. */
  readonly first: number;
  /** Broadcast address. */
  readonly last: number;
}

/** The range of `10.244.1.0/24`; undefined when `text` is no IPv4 range. */
export function parseRange(text: string): Range | undefined {
  const slash = text.indexOf("/");
  const base = slash < 0 ? -1 : parseAddress(text.slice(0, slash));
  const bits = Number(text.slice(slash + 1));
  if (base < 0 || !Number.isInteger(bits) || bits < 0 || bits > 32) return undefined;
  const size = 2 ** (32 - bits);
  const first = base - (base % size);
  return { first, last: first + size - 1 };
}

export function inRange(range: Range | undefined, address: number): boolean {
  return range !== undefined && address >= range.first && address <= range.last;
}
