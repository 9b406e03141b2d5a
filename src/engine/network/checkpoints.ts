/**
 * What can end a packet's way at a place that it passes: a link that is broken, a network policy of the sender or the receiver,
 * a node's packet filter. Each says so in the trace.
 */
import type { Errno } from "../base/program.ts";
import { familyOf, inRanges, parseAddress } from "./address.ts";
import type { Fabric } from "./fabric.ts";
import { filterAt } from "./filtered-route.ts";
import type { Stop } from "./filtered-route.ts";
import { SOUND } from "./links.ts";
import type { NodeNetwork } from "./node-network.ts";
import type { ServiceRule } from "./service-rules.ts";
import type { Station } from "./station.ts";
import { Failure, isEcho } from "./trace.ts";
import type { Trace } from "./trace.ts";

/** Linux gives up on a connection after six unanswered retries (net.ipv4.tcp_syn_retries): 127 s. */
const CONNECT_TIMEOUT_MS = 127_000;
/** How long a neighbour is asked for before "no route to host". */
const NEIGHBOUR_TIMEOUT_MS = 3_000;

/** Over the link between two nodes (undefined: the world outside): why the packet doesn't get across, if so. */
export function cross(
  fabric: Fabric,
  trace: Trace,
  way: { from: NodeNetwork | undefined; to: NodeNetwork | undefined },
): Failure | undefined {
  const { links } = fabric;
  if (!links.active || way.from === way.to) return undefined;
  const [from, to] = [way.from?.name ?? "", way.to?.name ?? ""];
  const fault = links.between(from, to);
  if (fault === SOUND) return undefined;
  const names = `${from === "" ? "outside" : from} and ${to}`;
  const at = way.from?.host.name ?? trace.from.name;
  const note = (reason: string): void => void (trace.links ??= []).push({ at, fault, reason });
  if (fault.cut) {
    note(`the link between ${names} is cut`);
    return timeOut(trace, `the link between ${names} is cut`);
  }
  const udp = trace.protocol === "UDP";
  const lost = udp ? (links.loses(fault) ? undefined : 0) : links.lostTime(fault, true);
  if (lost === undefined) {
    note(`the link between ${names} lost every packet`);
    return timeOut(trace, `the link between ${names} lost every packet`);
  }
  trace.latencyMs += 2 * fault.latencyMs + lost;
  note(`${2 * fault.latencyMs + lost} ms more over the link between ${names}`);
  const { timeoutMs } = trace;
  return timeoutMs !== undefined && trace.latencyMs > timeoutMs
    ? timeOut(trace, `the link between ${names} is too slow`)
    : undefined;
}

/** The sender's policies: why the packet doesn't leave, if so. */
export function leave(
  fabric: Fabric,
  trace: Trace,
  to: { address: number; station: Station | undefined },
): Failure | undefined {
  const { from, port, protocol } = trace;
  if (!fabric.policies.active) return undefined;
  const { address, station: peer } = to;
  const verdict = fabric.policies.verdict("egress", from, { peer, address, port, protocol });
  if (verdict === undefined) return undefined;
  trace.egress = verdict;
  return verdict.allowed ? undefined : timeOut(trace, verdict.reason);
}

/**
 * The receiver's policies: why the packet isn't let in, if so. They see it as the receiver's node does: from the client
 * itself, or from the node whose proxy put its own address in the client's place on another node.
 */
export function enter(fabric: Fabric, trace: Trace, to: { station: Station; from: Station }): Failure | undefined {
  if (!fabric.policies.active) return undefined;
  const { station, from } = to;
  const { port, protocol } = trace;
  const hidden = trace.seenAs !== undefined && from === trace.from;
  const address = hidden
    ? parseAddress(trace.seenAs as string)
    : from.addressFor(trace.endpoint?.address ?? trace.address);
  const peer = hidden || from.kind === "laptop" ? undefined : from;
  const verdict = fabric.policies.verdict("ingress", station, { peer, address, port, protocol });
  if (verdict === undefined) return undefined;
  trace.ingress = verdict;
  return verdict.allowed ? undefined : timeOut(trace, verdict.reason);
}

/** A rule of a node's packet filter ends it: one of the proxy's own, as without the filter, or somebody's. */
export function stop(trace: Trace, end: { stopped: Stop; node: NodeNetwork }): Failure {
  const { stopped, node } = end;
  const own = stopped.service;
  if (own !== undefined) {
    trace.rule = own;
    trace.via = viaOf(own, trace.address);
    trace.proxy = node;
    if (stopped.verdict === "REJECT") return fail(trace, "ECONNREFUSED", trace.url, noEndpoints(own));
    return timeOut(
      trace,
      own.sourceRanges === undefined || trace.via !== "loadBalancer" ? noLocal(node) : notTaken(own),
    );
  }
  trace.filter = { node, rule: stopped.rule, family: familyOf(trace.address) };
  const why = `the packet filter of ${node.host.name}: ${stopped.rule}`;
  return stopped.verdict === "DROP" ? timeOut(trace, why) : fail(trace, stopped.errno, trace.url, why);
}

/** A packet on its way to a pod, at the pod's own node: why that one's packet filter stops it, if so. */
export function passForward(
  fabric: Fabric,
  trace: Trace,
  to: { station: Station; source: number },
): Failure | undefined {
  const { node } = to.station;
  if (node === undefined || !node.filter.active) return undefined;
  const at = { node, source: to.source, address: to.station.addressFor(to.source), local: false, settled: true };
  const stopped = filterAt(fabric, trace, at)?.stopped;
  return stopped === undefined ? undefined : stop(trace, { stopped, node });
}

export function viaOf(rule: ServiceRule, address: number): NonNullable<Trace["via"]> {
  if (address === rule.address) return "clusterIP";
  if (rule.balancerIPs.includes(address)) return "loadBalancer";
  return rule.externalIPs.includes(address) ? "externalIP" : "nodePort";
}

export function noEndpoints({ service }: ServiceRule): string {
  return `${service} has no ready endpoints`;
}

export function noLocal({ name }: NodeNetwork): string {
  return `no endpoint on ${name}, and the traffic policy is Local: dropped`;
}

export function notTaken({ service }: ServiceRule): string {
  return `${service} takes no traffic from this address: loadBalancerSourceRanges`;
}

export function timeOut(trace: Trace, why: string): Failure {
  trace.latencyMs = trace.timeoutMs ?? CONNECT_TIMEOUT_MS;
  return fail(trace, "ETIMEDOUT", trace.url, why);
}

export function fail(trace: Trace, errno: Errno, detail: string, why?: string): Failure {
  if (why !== undefined) trace.why = why;
  return new Failure(trace, errno, detail);
}

/** Nobody has this address: a node in charge of it says so after a while, anywhere else nobody answers at all. */
export function unreachable(fabric: Fabric, trace: Trace, address: number): Station | Failure {
  if (inRanges(fabric.serviceRanges, address)) return atServiceAddress(trace, address);
  for (const node of fabric.nodes.values()) {
    if (!node.owns(address)) continue;
    if (!node.powered) return timeOut(trace, `${node.name} does not answer: its power is off`);
    if (trace.timeoutMs !== undefined && trace.timeoutMs < NEIGHBOUR_TIMEOUT_MS) break;
    trace.latencyMs += NEIGHBOUR_TIMEOUT_MS;
    return fail(trace, "EHOSTUNREACH", trace.url, `no pod on ${node.name} has this address`);
  }
  return timeOut(trace, "nobody answers at this address");
}

/**
 * No rule is about this port of a service's address. In iptables mode such packets leave by the default route and are lost;
 * IPVS has the addresses of services at the node's own interface kube-ipvs0, which answers pings and refuses other ports;
 * nftables' chain cluster-ips-check rejects both.
 */
function atServiceAddress(trace: Trace, address: number): Station | Failure {
  const node = trace.from.node;
  const why = "no service has this address and port";
  if (node === undefined || node.proxyMode === "iptables" || !node.rules.hasAddress(address))
    return timeOut(trace, why);
  if (isEcho(trace) && node.proxyMode === "ipvs") return node.host;
  return fail(trace, "ECONNREFUSED", trace.url, why);
}
