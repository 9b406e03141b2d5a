/** A range of service addresses. Upstream: pkg/registry/core/service/ipallocator/ipallocator.go. */
import { formatAddress, parseAddress, parseNetwork, type Address, type Network } from "../../api/meta/ip-parsing.ts";

export type IPFamily = "IPv4" | "IPv6";

const V4_BITS = 32;
/** More addresses than this aren't counted: IPv6 has ranges beyond all numbers. */
const MOST = 2 ** 48;
/** The part at the low end that is left to those who ask for an address by name: a 16th, between these. */
const FEWEST_STATIC = 16;
const MOST_STATIC = 256;

export function familyOf(text: string): IPFamily {
  return text.includes(":") ? "IPv6" : "IPv4";
}

/** The form in which an address is known; undefined when `text` is none. */
export function canonicalAddress(text: string): string | undefined {
  const address = parseAddress(text);
  return address && formatAddress(address);
}

export class AddressRange {
  readonly cidr: string;
  readonly family: IPFamily;
  /** Addresses that can be had: all but the network's own and, of IPv4, the broadcast one. */
  readonly size: number;
  /** First offset that is handed out without being asked for. */
  readonly dynamic: number;
  private readonly network: Network;

  constructor(cidr: string) {
    const network = parseNetwork(cidr);
    if (network === undefined) throw new Error(`no range of addresses: ${cidr}`);
    this.cidr = cidr;
    this.network = network;
    this.family = network.bits === V4_BITS ? "IPv4" : "IPv6";
    const all = Math.min(2 ** (network.bits - network.prefix), MOST);
    this.size = Math.max(0, this.family === "IPv4" ? all - 2 : all - 1);
    const sixteenth = Math.floor(all / FEWEST_STATIC);
    this.dynamic = all < FEWEST_STATIC ? 0 : Math.max(FEWEST_STATIC, Math.min(sixteenth, MOST_STATIC));
  }

  /** What a dry run shows in the place of an address that would be taken. */
  get placeholder(): string {
    return formatAddress(this.network);
  }

  /** Offset 0 is the first address behind the network's own. */
  addressAt(offset: number): string {
    const { bits, value } = this.network;
    return formatAddress({ bits, value: value + BigInt(offset) + 1n });
  }

  /** "outside" also for the two addresses of the range that nobody can have. */
  holds(text: string): "yes" | "no" | "outside" {
    const address = parseAddress(text);
    if (address === undefined || !this.covers(address)) return "no";
    const offset = address.value - this.network.value - 1n;
    const last = 2n ** BigInt(this.network.bits - this.network.prefix) - (this.family === "IPv4" ? 3n : 2n);
    return offset >= 0n && offset <= last ? "yes" : "outside";
  }

  private covers({ bits, value }: Address): boolean {
    const free = BigInt(this.network.bits - this.network.prefix);
    return bits === this.network.bits && value >> free === this.network.value >> free;
  }
}
