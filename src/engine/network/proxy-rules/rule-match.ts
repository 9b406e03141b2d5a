/**
 * Whether a packet meets a rule of iptables. Rules are read as they are written, whoever wrote them: kube-proxy or root.
 * Upstream: iptables-extensions(8).
 */
import type { IptablesRule } from "../../base/packet-filter.ts";
import { inRange, parseAddress, parseRange } from "../address.ts";

/** The first packet of a connection, or a packet of one that is open, on its way through a node. */
export interface Packet {
  readonly source: number;
  destination: number;
  readonly protocol: "tcp" | "udp" | "icmp";
  /** 0 for ICMP. */
  port: number;
  readonly state: "NEW" | "ESTABLISHED";
  /** Where it comes in and where it leaves; "" when it begins or ends here. */
  readonly inInterface: string;
  outInterface: string;
  mark: number;
  /** True once a rule has sent it to another address. */
  translated: boolean;
}

/** What rules ask besides the packet itself. */
export interface Surroundings {
  readonly now: number;
  /** In [0, 1). */
  chance(): number;
  /** True for the node's own addresses. */
  isLocal(address: number): boolean;
  /** When a list of `-m recent` last saw an address, by list and address. */
  readonly recent: Map<string, number>;
}

type Test = (packet: Packet, around: Surroundings) => boolean;

const known = new WeakMap<IptablesRule, Test>();

export function matches(rule: IptablesRule, packet: Packet, around: Surroundings): boolean {
  let test = known.get(rule);
  if (test === undefined) known.set(rule, (test = compile(rule)));
  return test(packet, around);
}

function compile(rule: IptablesRule): Test {
  const { source, destination, inInterface, outInterface, protocol } = rule;
  const tests: Test[] = [];
  if (source !== undefined) tests.push(addressTest(source, (packet) => packet.source));
  if (destination !== undefined) tests.push(addressTest(destination, (packet) => packet.destination));
  if (inInterface !== undefined) tests.push(interfaceTest(inInterface, (packet) => packet.inInterface));
  if (outInterface !== undefined) tests.push(interfaceTest(outInterface, (packet) => packet.outInterface));
  if (protocol !== undefined) tests.push((packet) => packet.protocol === protocol);
  for (const { save } of rule.matches ?? []) tests.push(extensionTest(save));
  return (packet, around) => tests.every((test) => test(packet, around));
}

function negated(text: string): [not: boolean, text: string] {
  return text.startsWith("! ") ? [true, text.slice(2)] : [false, text];
}

function addressTest(text: string, of: (packet: Packet) => number): Test {
  const [not, place] = negated(text);
  const range = parseRange(place.includes("/") ? place : `${place}/${place.includes(":") ? 128 : 32}`);
  const exact = place.includes("/") ? -1 : parseAddress(place);
  return (packet) => (exact >= 0 ? of(packet) === exact : inRange(range, of(packet))) !== not;
}

/** `cni+` stands for all interfaces whose names begin so. */
function interfaceTest(text: string, of: (packet: Packet) => string): Test {
  const [not, name] = negated(text);
  const is = (own: string): boolean => (name.endsWith("+") ? own.startsWith(name.slice(0, -1)) : own === name);
  return (packet) => is(of(packet)) !== not;
}

/** One `-m name …`, which `packet-tools/iptables-rule.ts` and kube-proxy's rules write. */
function extensionTest(save: string): Test {
  const ports = /^-m (?:tcp|udp|multiport)( !)? --dports? (\S+)/.exec(save);
  if (ports !== null) {
    const ranges = (ports[2] as string).split(",").map((text) => text.split(":").map(Number));
    const within = (port: number): boolean => ranges.some(([low = 0, high = low]) => port >= low && port <= high);
    return ({ port }) => within(port) !== (ports[1] !== undefined);
  }
  const kind = /^-m addrtype( !)? --(dst|src)-type LOCAL$/.exec(save);
  if (kind !== null) {
    const destination = kind[2] === "dst";
    return (packet, { isLocal }) =>
      isLocal(destination ? packet.destination : packet.source) !== (kind[1] !== undefined);
  }
  const state = /^-m (?:conntrack( !)? --ctstate|state( !)? --state) (\S+)$/.exec(save);
  if (state !== null) {
    const [, not1, not2, list = ""] = state;
    const states = list.split(",");
    const within = (packet: Packet): boolean =>
      states.includes(packet.state) || (packet.translated && states.includes("DNAT"));
    return (packet) => within(packet) !== (not1 !== undefined || not2 !== undefined);
  }
  const mark = /^-m mark( !)? --mark (\w+)(?:\/(\w+))?$/.exec(save);
  if (mark !== null) {
    const [value, mask] = [Number(mark[2]), Number(mark[3] ?? "0xffffffff")];
    return (packet) => ((packet.mark & mask) === value) !== (mark[1] !== undefined);
  }
  const share = /^-m statistic --mode random --probability (\S+)$/.exec(save);
  if (share !== null) return (_, around) => around.chance() < Number(share[1]);
  const list = /^-m recent --(set|rcheck)(?: --seconds (\d+))?.* --name (\S+)/.exec(save);
  if (list !== null) return recentTest(list[1] === "set", Number(list[2] ?? Infinity), list[3] as string);
  // `-m tcp` alone, `-m comment`: nothing that could miss.
  return () => true;
}

function recentTest(set: boolean, seconds: number, name: string): Test {
  return ({ source }, { recent, now }) => {
    const key = `${name} ${source}`;
    if (set) recent.set(key, now);
    return set || now - (recent.get(key) ?? -Infinity) <= seconds * 1000;
  };
}
