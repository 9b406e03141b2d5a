/** What happened to one exchange, noted while it is decided and told as hops only when somebody asks. */
import type { Errno, KeptConnection } from "../base/program.ts";
import type { ServedResponse } from "../runtime/network-port.ts";
import type { LinkFault } from "./links.ts";
import type { NodeNetwork } from "./node-network.ts";
import type { Verdict } from "./policy/policies.ts";
import type { Resolution } from "./resolver.ts";
import type { Endpoint, ExternalKind, Protocol, ServiceRule } from "./service-rules.ts";
import type { Station } from "./station.ts";
import { formatAddress, formatSocket, loopbackFor, parseAddress } from "./address.ts";
import type { Family } from "./address.ts";

/** One decision on the way. `at` is a station: `laptop`, `node/<name>`, `service/<ns>/<name>`, `pod/<ns>/<name>`. */
export interface Hop {
  at: string;
  decision: string;
  reason: string;
}

export interface Trace {
  readonly from: Station;
  /** What was asked for: a request's URL, `tcp://host:port` or `udp://host:port`. */
  readonly url: string;
  readonly protocol: Protocol;
  /** The address that the client asked for, once its name is resolved; else -1. */
  address: number;
  /** The port that the client asked for. */
  asked: number;
  /** The port that the packet is addressed to, as rules change it on the way. */
  port: number;
  /** How long the client waits; undefined: as long as Linux does. */
  readonly timeoutMs: number | undefined;
  latencyMs: number;
  /** Of that, one way and back between the two ends. */
  roundTripMs: number;
  resolution?: Resolution;
  rule?: ServiceRule;
  via?: "clusterIP" | "nodePort" | ExternalKind;
  /** The node that a load balancer chose. */
  balanced?: NodeNetwork;
  /** The node's port that led to a pod, where one did. */
  hostPort?: number;
  /** The node whose proxy rules decided. */
  proxy?: NodeNetwork;
  endpoint?: Endpoint;
  /** The connection that it goes over, if the client keeps it. */
  connection?: KeptConnection;
  /** Its client's port, where it has none of its own and somebody asks. */
  clientPort?: number;
  /** The client address that the server sees, when it is not the client's own. */
  seenAs?: string;
  /** Where the connection was made, or refused by the kernel there. */
  to?: Station;
  /** What network policies said, where any had a say. The one that doesn't allow it ended it. */
  egress?: Verdict;
  ingress?: Verdict;
  /** What went over faulty links: for hops, and for what is still to be sent. */
  links?: { at: string; fault: LinkFault; reason: string }[];
  /** The node whose packet filter ended it by a rule that is nobody's but root's, if one did. */
  filter?: { node: NodeNetwork; rule: string; family: Family };
  /** Why it failed. */
  why?: string;
}

/** A trace at its beginning. */
export function createTrace(
  from: Station,
  packet: { url: string; protocol: Protocol; port: number; timeoutMs?: number | undefined },
): Trace {
  const { url, protocol, port, timeoutMs } = packet;
  return { from, url, protocol, address: -1, asked: port, port, timeoutMs, latencyMs: 0, roundTripMs: 0 };
}

/** ICMP has no ports: its packets are those of UDP to port 0, which no service and no policy's port is about. */
export function isEcho({ protocol, asked }: Trace): boolean {
  return protocol === "UDP" && asked === 0;
}

const NEXT_PLEASE: ReadonlySet<Errno> = new Set(["ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH"]);

/** Where to try next when one of a name's addresses refuses: the one after it. */
export function nextAddress({ resolution, address }: Trace, outcome: Exchange): number | undefined {
  if (outcome.ok || resolution === undefined || resolution.addresses.length < 2) return undefined;
  if (!NEXT_PLEASE.has(outcome.errno)) return undefined;
  const addresses = resolution.addresses.map(parseAddress);
  return addresses[addresses.indexOf(address) + 1];
}

/** The client's address as the server sees it. */
export function clientOf(trace: Trace, server: Station): string {
  if (trace.seenAs !== undefined) return trace.seenAs;
  const to = trace.endpoint?.address ?? trace.address;
  return server === trace.from ? loopbackFor(to) : trace.from.textFor(to);
}

/** Whether who listens at the packet's port in this namespace, if anybody does, takes what is sent to its address. */
export function hears(trace: Trace, station: Station): boolean {
  const { namespace } = station;
  const { endpoint, hostPort, address, port, protocol } = trace;
  if (namespace.scope(port, protocol) === "::") return true;
  const sentTo = endpoint?.address ?? address;
  return namespace.hears(hostPort === undefined ? formatAddress(sentTo) : station.textFor(sentTo), port, protocol);
}

/** Why nobody takes a packet that has arrived. */
export function nobodyListens(trace: Trace, { namespace }: Station): string {
  const { port, protocol } = trace;
  const kind = protocol === "TCP" ? "port" : `${protocol} port`;
  return namespace.listens(port, protocol)
    ? `who listens on ${kind} ${port} does so at ${namespace.scope(port, protocol)} alone`
    : `nothing listens on ${kind} ${port}`;
}

export class Answer {
  readonly ok = true;
  readonly response: ServedResponse;
  readonly trace: Trace;

  constructor(trace: Trace, response: ServedResponse) {
    this.trace = trace;
    this.response = response;
  }

  get latencyMs(): number {
    return this.trace.latencyMs;
  }

  get url(): string {
    return this.trace.url;
  }

  get hops(): Hop[] {
    const { trace, response } = this;
    const late = response.later !== undefined;
    return [
      ...hopsOf(trace),
      ...(response.onward?.() ?? []),
      {
        at: trace.to?.name ?? trace.from.name,
        decision: late ? "take" : "answer",
        reason: late ? `port ${trace.port} took the request` : `port ${trace.port} answered ${response.status}`,
      },
    ];
  }
}

export class Failure {
  readonly ok = false;
  readonly errno: Errno;
  /** The host or URL that could not be reached. */
  readonly detail: string;
  /** What was noted on the way: for those who ask why. */
  readonly trace: Trace;

  constructor(trace: Trace, errno: Errno, detail: string) {
    this.trace = trace;
    this.errno = errno;
    this.detail = detail;
  }

  get latencyMs(): number {
    return this.trace.latencyMs;
  }

  /** What went wrong, in words. */
  get why(): string {
    return this.trace.why ?? this.trace.resolution?.how ?? this.errno;
  }

  get hops(): Hop[] {
    const { trace } = this;
    const hops = hopsOf(trace);
    if (trace.resolution?.errno !== undefined || denial(trace) !== undefined) return hops;
    const at = trace.to?.name ?? hops.at(-1)?.at ?? trace.from.name;
    hops.push({ at, decision: FAILURE_WORDS[this.errno] ?? "fail", reason: this.why });
    return hops;
  }
}

const FAILURE_WORDS: Partial<Record<Errno, string>> = {
  ECONNREFUSED: "refuse",
  ETIMEDOUT: "time out",
  EHOSTUNREACH: "unreachable",
  EPROTO: "refuse TLS",
  ENETUNREACH: "unreachable",
};

/** The hops of a packet that found somebody who takes it. */
export function arrivalHops(trace: Trace): Hop[] {
  const { protocol, port, to, from } = trace;
  if (isEcho(trace)) return [...hopsOf(trace), { at: (to ?? from).name, decision: "answer", reason: "echo" }];
  const reason = protocol === "TCP" ? `port ${port} accepted the connection` : `sent to port ${port}`;
  return [...hopsOf(trace), { at: (to ?? from).name, decision: protocol === "TCP" ? "accept" : "deliver", reason }];
}

function hopsOf(trace: Trace): Hop[] {
  const hops: Hop[] = [{ at: trace.from.name, decision: "send", reason: trace.url }];
  const { resolution, rule, proxy } = trace;
  if (resolution !== undefined) {
    const decision = resolution.errno === undefined ? "resolve" : "no such name";
    hops.push(...questionHops(resolution));
    hops.push({ at: trace.from.name, decision, reason: resolution.how });
  }
  if (rule !== undefined && proxy !== undefined) addServiceHops(hops, { trace, rule, proxy });
  if (trace.hostPort !== undefined) {
    const node = trace.to?.node?.host.name ?? trace.from.name;
    hops.push({ at: node, decision: "host port", reason: `port ${trace.hostPort} is ${trace.to?.name ?? "a pod"}'s` });
  }
  for (const { at, reason } of trace.links ?? []) hops.push({ at, decision: "cross", reason });
  for (const verdict of [trace.egress, trace.ingress]) {
    if (verdict === undefined) continue;
    hops.push({ at: verdict.at, decision: verdict.allowed ? "allow" : "deny", reason: verdict.reason });
  }
  const { from, to } = trace;
  if (to?.kind === "internet" && from.kind === "pod" && from.node !== undefined) {
    const { name, addressText } = from.node.host;
    hops.push({ at: name, decision: "masquerade", reason: `leaves the cluster as ${addressText}, the node's address` });
  }
  return hops;
}

/** The verdict that ended it, if one did. */
export function denial({ egress, ingress }: Trace): Verdict | undefined {
  return egress?.allowed === false ? egress : ingress?.allowed === false ? ingress : undefined;
}

function addServiceHops(hops: Hop[], found: { trace: Trace; rule: ServiceRule; proxy: NodeNetwork }): void {
  const { trace, rule, proxy } = found;
  const { endpoint, balanced } = trace;
  if (balanced !== undefined) {
    const reason = `the load balancer of ${rule.service} chose ${balanced.name}`;
    hops.push({ at: balanced.host.name, decision: "balance", reason });
  }
  if (trace.via === "nodePort") {
    hops.push({
      at: proxy.host.name,
      decision: "node port",
      reason: `port ${rule.nodePort} belongs to ${rule.service}`,
    });
  }
  if (endpoint === undefined) {
    hops.push({ at: `service/${rule.service}`, decision: "look up", reason: rule.title });
    return;
  }
  const chosen = formatSocket(endpoint.address, endpoint.port);
  hops.push({
    at: `service/${rule.service}`,
    decision: "forward",
    reason: `the proxy of ${proxy.name} chose ${chosen}, one of ${rule.count} endpoints`,
  });
}

/**
 * How the question about the name went: to the name server's service, to one of its pods, and what that said; before it, what
 * was said of the names of the search list that were asked for in vain.
 */
function questionHops({ asked, before = [] }: Resolution): Hop[] {
  if (asked === undefined) return [];
  const { trace, failure } = asked.query;
  const way = failure === undefined ? hopsOf(trace) : failure.hops;
  const said = [...before, ...(failure === undefined ? [asked] : [])].map(({ name, query }) => {
    const answers = query.message?.answer.map(({ data }) => data).join(", ") ?? "";
    const reason = `${name}: ${answers === "" ? query.message?.rcode : answers}`;
    return { at: (query.trace.to ?? query.trace.from).name, decision: "answer", reason };
  });
  return failure === undefined ? [...way, ...said] : [...said, ...way];
}

export type Exchange = Answer | Failure;
