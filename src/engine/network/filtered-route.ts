/**
 * A packet's way through a node whose tables of iptables somebody has changed: its nat table says where it goes, its filter
 * table whether it may. On all other nodes the rules of services decide by themselves (route.ts).
 *
 * **Simplified:** first packets and requests are looked at, answers pass; a hostPort's pod is reached whatever the tables say.
 */
import { ruleText } from "../base/iptables-text.ts";
import { familyOf } from "./address.ts";
import type { Fabric } from "./fabric.ts";
import type { NodeNetwork } from "./node-network.ts";
import type { ProxyRule } from "./proxy-rules/iptables.ts";
import type { Decision, KernelTables } from "./proxy-rules/kernel-tables.ts";
import type { Packet, Surroundings } from "./proxy-rules/rule-match.ts";
import type { ServiceRule } from "./service-rules.ts";
import { isEcho } from "./trace.ts";
import type { Trace } from "./trace.ts";

const BRIDGE = "cni0";
const OUTER = "eth0";

/** What a node's packet filter says of a packet. */
export interface Filtered {
  /** Where it goes on to. */
  readonly address: number;
  readonly port: number;
  /** The service whose rules sent it there. */
  readonly service: ServiceRule | undefined;
  /** True iff the node puts its own address in the client's place. */
  readonly masqueraded: boolean;
  /** Set iff it ends here. */
  readonly stopped: Stop | undefined;
}

export interface Stop {
  readonly verdict: "DROP" | "REJECT";
  /** The service that the rule is about; then it is one of the proxy's own. */
  readonly service: ServiceRule | undefined;
  /** `-A FORWARD -d 10.244.1.5/32 -j DROP`. */
  readonly rule: string;
  /** What a refusal says. */
  readonly errno: "ECONNREFUSED" | "EHOSTUNREACH";
}

/** A packet at the node, from `source` to `address`; `local` when the node itself sends it. */
export interface AtNode {
  node: NodeNetwork;
  source: number;
  address: number;
  local: boolean;
  /** It has its endpoint already: its connection is open, or another node has chosen. Then nat is not asked. */
  settled: boolean;
}

/** Undefined while the rules of services decide on this node. */
export function filterAt(fabric: Fabric, trace: Trace, at: AtNode): Filtered | undefined {
  const tables = at.node.filter.tables(familyOf(at.address));
  return tables === undefined ? undefined : passTables(fabric, trace, { ...at, tables });
}

function passTables(fabric: Fabric, trace: Trace, at: AtNode & { tables: KernelTables }): Filtered {
  const { node, source, address, local, settled, tables } = at;
  const packet: Packet = {
    source,
    destination: address,
    port: trace.port,
    protocol: isEcho(trace) ? "icmp" : trace.protocol === "UDP" ? "udp" : "tcp",
    state: trace.connection?.endpoint === undefined ? "NEW" : "ESTABLISHED",
    inInterface: local ? "" : node.owns(source) ? BRIDGE : OUTER,
    outInterface: "",
    mark: 0,
    translated: false,
  };
  const around: Surroundings = {
    now: fabric.sim.now,
    chance: () => node.chance(),
    isLocal: (own) => node.host.has(own),
    recent: node.filter.recent,
  };
  const met = { packet, around };
  const first = local ? "OUTPUT" : "PREROUTING";
  const end = (stop: Stop | undefined, more: Partial<Filtered> = {}): Filtered => ({
    address: packet.destination,
    port: packet.port,
    service: undefined,
    masqueraded: false,
    stopped: stop,
    ...more,
  });
  const mangled = stopOf(tables.pass("mangle", first, met));
  if (mangled !== undefined) return end(mangled);
  const sent = settled ? undefined : tables.pass("nat", first, met);
  const service = packet.translated ? serviceOf(sent) : undefined;
  const here = node.host.has(packet.destination);
  packet.outInterface = here ? "" : node.owns(packet.destination) ? BRIDGE : OUTER;
  const chain = local ? "OUTPUT" : here ? "INPUT" : "FORWARD";
  const stop = stopOf(tables.pass("filter", chain, met));
  if (stop !== undefined) return end(stop, { service });
  const hidden = !settled && !here && isHidden(tables.pass("nat", "POSTROUTING", met));
  return end(undefined, { service, masqueraded: hidden });
}

function isHidden({ rule }: Decision): boolean {
  return rule?.target === "MASQUERADE";
}

function serviceOf(decision: Decision | undefined): ServiceRule | undefined {
  const rule: ProxyRule | undefined = decision?.rule;
  return rule?.service;
}

function stopOf(decision: Decision): Stop | undefined {
  const { verdict, table, chain, rule } = decision;
  if (verdict === "ACCEPT") return undefined;
  const how = rule?.options?.save ?? "";
  return {
    verdict,
    service: serviceOf(decision),
    rule: `${table === "filter" ? "" : `-t ${table} `}${rule === undefined ? `-P ${chain} ${verdict}` : ruleText(chain, rule)}`,
    errno: /port-unreachable|tcp-reset/.test(how) || verdict === "DROP" ? "ECONNREFUSED" : "EHOSTUNREACH",
  };
}
