/**
 * What ping and traceroute send: a packet of ICMP that wants an echo, decided at one instant. It goes where any packet goes,
 * with no port that a service's rule could be about, and names the routers that it passes.
 *
 * **Simplified:** routers always say when a packet's time to live is over; beyond the nodes' own network there is one step.
 */
import type { EchoReply } from "../base/program.ts";
import { familyOf, formatAddress, inRanges } from "./address.ts";
import { tellEcho } from "./capture/tell-icmp.ts";
import { bridgeOf } from "./bridge.ts";
import type { Fabric } from "./fabric.ts";
import type { StationPort } from "./port.ts";
import { route } from "./route.ts";
import type { Station } from "./station.ts";
import { createTrace, Failure } from "./trace.ts";
import type { Trace } from "./trace.ts";

/** What Linux puts on its packets. */
const TTL = 64;

export function echo(
  fabric: Fabric,
  port: StationPort,
  { address, ttl, timeoutMs }: { address: number; ttl: number; timeoutMs: number },
): EchoReply {
  const host = formatAddress(address);
  const trace = createTrace(port.station, { url: `icmp://${host}`, protocol: "UDP", port: 0, timeoutMs });
  const to = route(fabric, trace, { lookup: undefined, host, address });
  const failure = to instanceof Failure ? to : undefined;
  if (!(to instanceof Failure)) trace.to = to;
  port.note(trace, failure);
  const reply = replyTo(fabric, trace, { to, ttl, timeoutMs });
  if (fabric.taps.active) tellEcho(fabric, trace, { failure, reply });
  return reply;
}

function replyTo(
  fabric: Fabric,
  trace: Trace,
  { to, ttl, timeoutMs }: { to: Station | Failure; ttl: number; timeoutMs: number },
): EchoReply {
  const failure = to instanceof Failure ? to : undefined;
  const host = formatAddress(trace.address);
  const own = trace.from.textFor(trace.address);
  const routers = routersTo(fabric, trace, to);
  const left = TTL - routers.length;
  const [ended] = routers.slice(ttl - 1);
  if (ended !== undefined) return { kind: "exceeded", from: ended, ttl: TTL - ttl + 1, latencyMs: 1 };
  const { latencyMs } = trace;
  if (failure === undefined) return { kind: "echo", from: host, ttl: left, latencyMs };
  if (failure.errno === "ECONNREFUSED") {
    return { kind: "port-unreachable", from: routers[0] ?? own, ttl: left, latencyMs: 1 };
  }
  if (failure.errno === "EHOSTUNREACH") {
    return { kind: "host-unreachable", from: routers.at(-1) ?? own, ttl: left, latencyMs };
  }
  return { kind: "silence", from: "", ttl: 0, latencyMs: timeoutMs };
}

/** Addresses of who passes the packet on, in order. */
function routersTo(fabric: Fabric, trace: Trace, to: Station | Failure): string[] {
  const { from, address } = trace;
  const own = from.node;
  if (own === undefined || to === from) return [];
  const routers: string[] = [];
  if (from.kind === "pod") {
    // The bridge joins the pods of a node; everything else is behind its address there.
    if (own.owns(address)) return [];
    const bridge = bridgeOf(own, address);
    if (bridge !== undefined && to !== own.host) routers.push(bridge);
  }
  if (to === own.host) return [];
  const next = [...fabric.nodes.values()].find((node) => node !== own && node.owns(address));
  if (next !== undefined) routers.push(next.host.textFor(address));
  else if (isBeyond(fabric, address)) routers.push(fabric.nodeNameserver);
  return routers;
}

/** True for what is behind the gateway of the nodes' network: the world, and addresses that lead nowhere. */
function isBeyond(fabric: Fabric, address: number): boolean {
  const station = fabric.stations.get(address);
  if (station?.kind === "internet") return true;
  return station === undefined && (inRanges(fabric.serviceRanges, address) || familyOf(address) === "IPv4");
}
