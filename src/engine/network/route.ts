/**
 * Where the first packet to a host and port goes, decided at one instant: name, route, service rule, listening namespace.
 * What the Linux network stack, iptables and the CNI plugin of a cluster do together, seen as one decision a hop. Requests,
 * connections and datagrams all go this way; what then flows is no business of this file.
 */
import { UNRESOLVED } from "../base/program.ts";
import { assert } from "../base/assert.ts";
import { familyOf, formatAddress, formatSocket, inRanges, isLoopback, parseAddress, parseSocket } from "./address.ts";
import type { Range } from "./address.ts";
import {
  cross,
  enter,
  fail,
  leave,
  noEndpoints,
  noLocal,
  notTaken,
  passForward,
  stop,
  timeOut,
  unreachable,
  viaOf,
} from "./checkpoints.ts";
import type { Fabric } from "./fabric.ts";
import { filterAt } from "./filtered-route.ts";
import type { AtNode, Filtered } from "./filtered-route.ts";
import type { NodeNetwork } from "./node-network.ts";
import type { EditedIpvs } from "./proxy-rules/edited-ipvs.ts";
import type { Resolution } from "./resolver.ts";
import type { Endpoint, Protocol, ServiceRule, ServiceRules } from "./service-rules.ts";
import type { Station } from "./station.ts";
import type { Failure, Trace } from "./trace.ts";

/** One way and back between two namespaces. Simplified: the same within a node and across nodes. */
const ROUND_TRIP_MS = 1;
/** The same to a host of the internet. */
const OUTSIDE_ROUND_TRIP_MS = 20;
/** What hosts of the internet see: the address of the router before the learner's machine and the nodes. */
const PUBLIC_ADDRESS = "203.0.113.24";

/**
 * Follows a packet from `trace.from` to `host` (`address` is its number, -1 when it is a name) and `trace.port`. Answers with
 * the namespace that it arrives in, `trace.port` being the port there, or with why it doesn't arrive.
 */
export function route(
  fabric: Fabric,
  trace: Trace,
  to: { lookup: ((host: string) => Resolution) | undefined; host: string; address: number },
): Station | Failure {
  const { host } = to;
  if (!trace.from.powered) return fail(trace, "ENETUNREACH", host, "this node's power is off");
  let { address } = to;
  if (address < 0) {
    assert(to.lookup !== undefined, "a name where an address was due", host);
    const resolution = to.lookup(host);
    trace.resolution = resolution;
    trace.latencyMs += resolution.latencyMs;
    if (trace.timeoutMs !== undefined && trace.latencyMs > trace.timeoutMs) {
      trace.latencyMs = trace.timeoutMs;
      return fail(trace, "ETIMEDOUT", UNRESOLVED, "the name was not resolved in time");
    }
    if (resolution.errno !== undefined) return fail(trace, resolution.errno, resolution.host);
    address = parseAddress(resolution.addresses[0] as string);
  }
  trace.address = address;
  return routeTo(fabric, trace, address);
}

function routeTo(fabric: Fabric, trace: Trace, address: number): Station | Failure {
  const { from, port } = trace;
  // kube-proxy lets loopback reach node ports (--iptables-localhost-nodeports, on by default); in its other modes and for
  // IPv6 it can't.
  if (isLoopback(address)) {
    const leads =
      from.node?.proxyMode === "iptables" && familyOf(address) === "IPv4" && from.node.answersNodePortsAt(address);
    return leads ? acceptAt(fabric, trace, from) : (throughHostPort(fabric, trace, from) ?? from);
  }
  if (from.addressFor(address) < 0) {
    return fail(trace, "ENETUNREACH", formatAddress(address), `${from.name} has no ${familyOf(address)} address`);
  }
  if (from.kind === "laptop") return connectFromOutside(fabric, trace, address);

  const node = from.node;
  assert(node !== undefined, "a station without a node", from.name);
  if (from.has(address)) return acceptAt(fabric, trace, from);
  const met = meet(fabric, trace, { node, address, local: from === node.host });
  if (met?.end !== undefined) return met.end;
  if (met?.byServices !== false) {
    const { rules } = node;
    const rule = rules.clusterIP(address, port, trace.protocol);
    if (rule !== undefined) return throughService(fabric, trace, { rule, via: "clusterIP", node });
    const external = rules.external(address, port, trace.protocol);
    if (external !== undefined) {
      return throughService(fabric, trace, { rule: external.rule, via: external.kind, node });
    }
    const left = node.filter.leftAt(trace.protocol, address, port);
    if (left !== undefined)
      return toEndpoint(fabric, trace, { endpoint: { ...left, nodeName: "" }, node, hides: false });
  }
  return toAddress(fabric, trace, met?.address ?? address);
}

/** On to an address that is no service's, or as little as a node's rules say. */
function toAddress(fabric: Fabric, trace: Trace, address: number): Station | Failure {
  const { from, port } = trace;
  const station = fabric.stations.get(address);
  const denied = leave(fabric, trace, { address, station });
  if (denied !== undefined) return denied;
  if (station === undefined) {
    const balanced = fabric.rules.proxied(address, port, trace.protocol);
    return balanced === undefined ? unreachable(fabric, trace, address) : throughBalancer(fabric, trace, balanced);
  }
  if (station.kind === "internet") return goOutside(trace, station);
  const arrived = arrive(fabric, trace, station);
  return arrived === station ? (enter(fabric, trace, { station, from }) ?? station) : arrived;
}

/** What a packet meets at a node before the rules of services. */
interface Met {
  /** Where its way ends, or why: the packet filter has decided. */
  end?: Station | Failure | undefined;
  address: number;
  /** True iff the rules of services come next. */
  byServices: boolean;
}

/** Undefined while nobody has changed anything there that this packet could meet. */
function meet(
  fabric: Fabric,
  trace: Trace,
  { node, address, local }: Omit<AtNode, "settled" | "source">,
): Met | undefined {
  if (!node.filter.active) return undefined;
  const at = { node, address, local, source: sourceOf(trace, address) };
  const settled = trace.connection?.endpoint !== undefined;
  const { virtual } = node.filter;
  if (virtual !== undefined && !settled) return throughVirtual(fabric, trace, { ...at, virtual });
  const filtered = filterAt(fabric, trace, { ...at, settled });
  if (filtered === undefined) return undefined;
  const end = follow(fabric, trace, { filtered, node });
  return { end, address: filtered.address, byServices: settled || node.proxyMode !== "iptables" };
}

/** The same in IPVS mode where root has changed the virtual servers. */
function throughVirtual(fabric: Fabric, trace: Trace, at: Omit<AtNode, "settled"> & { virtual: EditedIpvs }): Met {
  const { node, address, source, virtual } = at;
  const { port, protocol, from } = trace;
  const client = { address: source, now: fabric.sim.now };
  const socket = virtual.choose({ protocol, address: formatSocket(address, port) }, client);
  if (socket === "")
    return {
      end: fail(trace, "ECONNREFUSED", trace.url, "the virtual server has no destination"),
      address,
      byServices: false,
    };
  const chosen = socket === undefined ? undefined : parseSocket(socket);
  const filtered = filterAt(fabric, trace, { ...at, address: chosen?.address ?? address, settled: true });
  const { rules } = node;
  const service = rules.clusterIP(address, port, protocol) ?? rules.nodePort(port, protocol, familyOf(address));
  const hides = node.host.has(address) || from.kind === "laptop";
  const on = { address, port, ...chosen, service: chosen === undefined ? undefined : service, masqueraded: hides };
  const end = follow(fabric, trace, { filtered: { ...on, stopped: filtered?.stopped }, node });
  return { end, address: on.address, byServices: false };
}

/** What a node's packet filter has decided: the end of it, or the endpoint; undefined when it lets the packet pass as it is. */
function follow(
  fabric: Fabric,
  trace: Trace,
  hop: { filtered: Filtered; node: NodeNetwork },
): Station | Failure | undefined {
  const { filtered, node } = hop;
  const { stopped, service: rule } = filtered;
  const endpoint = rule?.endpointAt(filtered.address, filtered.port);
  if (rule !== undefined && endpoint !== undefined) {
    trace.via = viaOf(rule, trace.address);
    trace.rule = rule;
    trace.proxy = node;
    trace.endpoint = endpoint;
  }
  if (stopped !== undefined) return stop(trace, { stopped, node });
  trace.port = filtered.port;
  if (endpoint === undefined) return undefined;
  if (trace.connection !== undefined) trace.connection.endpoint = endpoint;
  trace.latencyMs += ROUND_TRIP_MS;
  trace.roundTripMs = ROUND_TRIP_MS;
  return toEndpoint(fabric, trace, { endpoint, node, hides: filtered.masqueraded });
}

/**
 * The learner's machine reaches nodes and load balancers; pod and service addresses have no route there, as on a virtual
 * machine, unless a tunnel leads to a node (`minikube tunnel`).
 */
function connectFromOutside(fabric: Fabric, trace: Trace, address: number): Station | Failure {
  const { from, port, protocol } = trace;
  if (from.has(address)) return from;
  const station = fabric.stations.get(address);
  if (station?.kind === "internet") return goOutside(trace, station);
  if (station?.kind === "node") {
    trace.seenAs = trace.from.textFor(trace.address);
    return arrive(fabric, trace, station);
  }
  const { rules, tunnel } = fabric;
  const dug = tunnel !== undefined && inRanges(fabric.serviceRanges, address);
  const balanced = rules.proxied(address, port, protocol) ?? balancedBy(rules, address, { port, protocol });
  if (balanced !== undefined && !dug) return throughBalancer(fabric, trace, balanced);
  if (dug) {
    trace.seenAs = trace.from.textFor(trace.address);
    if (!tunnel.powered) return timeOut(trace, `${tunnel.name} does not answer: its power is off`);
    const stopped = cross(fabric, trace, { from: undefined, to: tunnel });
    if (stopped !== undefined) return stopped;
    const met = meet(fabric, trace, { node: tunnel, address, local: false });
    if (met?.end !== undefined) return met.end;
    const rule = met?.byServices === false ? undefined : tunnel.rules.clusterIP(address, port, protocol);
    if (rule !== undefined) return throughService(fabric, trace, { rule, via: "clusterIP", node: tunnel });
    return unreachable(fabric, trace, address);
  }
  return timeOut(trace, "no route from outside the cluster to this address");
}

function balancedBy(
  rules: ServiceRules,
  address: number,
  to: { port: number; protocol: Protocol },
): ServiceRule | undefined {
  const external = rules.external(address, to.port, to.protocol);
  return external?.kind === "loadBalancer" ? external.rule : undefined;
}

/**
 * A cloud's load balancer: sends to any node that passes its health check, which is the proxy's own, or the service's where
 * traffic has to stay on the node that it comes to. In ipMode Proxy the node sees the balancer as its client.
 */
function throughBalancer(fabric: Fabric, trace: Trace, rule: ServiceRule): Station | Failure {
  const healthy: NodeNetwork[] = [];
  for (const node of fabric.nodes.values()) {
    const serves = rule.externalPolicy === "Cluster" || rule.readyOn(node.name) > 0;
    if (node.powered && node.proxyRunning && node.balanced && serves) healthy.push(node);
  }
  trace.rule = rule;
  if (healthy.length === 0) return timeOut(trace, "no node passes the load balancer's health check");
  const node = healthy[fabric.balancing.int(healthy.length)] as NodeNetwork;
  trace.balanced = node;
  trace.latencyMs += ROUND_TRIP_MS;
  const stopped = cross(fabric, trace, { from: undefined, to: node });
  if (stopped !== undefined) return stopped;
  trace.seenAs = rule.proxyIPs.length > 0 ? formatAddress(trace.address) : trace.from.textFor(trace.address);
  const met = meet(fabric, trace, { node, address: trace.address, local: false });
  if (met?.end !== undefined) return met.end;
  if (met?.byServices === false) return timeOut(trace, `no rule on ${node.name} takes it to ${rule.service}`);
  return throughService(fabric, trace, { rule, via: "loadBalancer", node });
}

function arrive(fabric: Fabric, trace: Trace, station: Station): Station | Failure {
  trace.latencyMs += ROUND_TRIP_MS;
  trace.roundTripMs = ROUND_TRIP_MS;
  if (!station.powered) {
    return timeOut(trace, `${station.node?.name ?? ""} does not answer: its power is off`);
  }
  const { from } = trace;
  const stopped = cross(fabric, trace, { from: from.node, to: station.node });
  if (stopped !== undefined) return stopped;
  const source = from.addressFor(station.address);
  const forwarded = station.kind === "pod" && station.node !== from.node;
  return (forwarded ? passForward(fabric, trace, { station, source }) : undefined) ?? acceptAt(fabric, trace, station);
}

/** Out of the cluster: the node puts its own address in the pod's place, the router before it puts its own there. */
function goOutside(trace: Trace, station: Station): Station {
  trace.latencyMs += OUTSIDE_ROUND_TRIP_MS;
  trace.roundTripMs = OUTSIDE_ROUND_TRIP_MS;
  trace.seenAs = PUBLIC_ADDRESS;
  return station;
}

/** A packet is at its destination: a node's service rules come before what listens there. */
function acceptAt(fabric: Fabric, trace: Trace, station: Station): Station | Failure {
  if (station.kind === "node" && station.node !== undefined) {
    const { node } = station;
    const address = isLoopback(trace.address) ? trace.address : station.addressFor(trace.address);
    const met = meet(fabric, trace, { node, address, local: trace.from === station });
    if (met?.end !== undefined) return met.end;
    if (met !== undefined && met.address !== address) return toAddress(fabric, trace, met.address);
    if (met?.byServices !== false) {
      const rule = node.rules.nodePort(trace.port, trace.protocol, familyOf(trace.address));
      if (rule !== undefined && node.answersNodePortsAt(address))
        return throughService(fabric, trace, { rule, via: "nodePort", node });
      const external = node.rules.external(station.addressFor(trace.address), trace.port, trace.protocol);
      if (external !== undefined) {
        return throughService(fabric, trace, { rule: external.rule, via: external.kind, node });
      }
    }
    const end = throughHostPort(fabric, trace, station);
    if (end !== undefined) return end;
  }
  return station;
}

/** To the pod whose port of the node it is (CNI's portmap plugin); at ::1 there is none. */
function throughHostPort(fabric: Fabric, trace: Trace, { kind, node }: Station): Station | Failure | undefined {
  const mapped = kind === "node" ? node?.mappedPort(trace) : undefined;
  if (mapped === undefined) return undefined;
  trace.hostPort = trace.port;
  trace.port = mapped.port;
  return enter(fabric, trace, { station: mapped.station, from: trace.from }) ?? mapped.station;
}

/**
 * Whether traffic to a service's external side may go to any endpoint although the service wants it to stay: what comes
 * from pods or from the node itself (upstream: the KUBE-EXT chains).
 */
function isInternal(from: Station, source: number, node: NodeNetwork): boolean {
  return from === node.host || node.takesForPod(from, source);
}

function throughService(
  fabric: Fabric,
  trace: Trace,
  hop: { rule: ServiceRule; via: NonNullable<Trace["via"]>; node: NodeNetwork },
): Station | Failure {
  const { rule, via, node } = hop;
  const { from } = trace;
  trace.rule = rule;
  trace.via = via;
  trace.proxy = node;
  const inside = via === "clusterIP";
  const source = from.addressFor(rule.address);
  const external = isInternal(from, source, node) && trace.balanced === undefined ? "Cluster" : rule.externalPolicy;
  const policy = inside ? rule.internalPolicy : external;
  if (via === "loadBalancer" && rule.sourceRanges !== undefined && !isAllowed(trace, rule.sourceRanges)) {
    return timeOut(trace, notTaken(rule));
  }
  const choices = rule.choices(policy, node);
  if (choices.length === 0) {
    if (rule.hasEndpoints) return timeOut(trace, noLocal(node));
    return fail(trace, "ECONNREFUSED", trace.url, noEndpoints(rule));
  }
  const { connection } = trace;
  const endpoint = connection?.endpoint ?? node.endpoints.choose(rule, choices, source);
  if (connection !== undefined) connection.endpoint = endpoint;
  trace.endpoint = endpoint;
  trace.latencyMs += ROUND_TRIP_MS;
  trace.roundTripMs = ROUND_TRIP_MS;
  // A client outside the cluster that got in by the cluster's own addresses is hidden too.
  const hides = inside ? node.masquerades(from, source) : rule.externalPolicy === "Cluster";
  return toEndpoint(fabric, trace, { endpoint, node, hides });
}

function isAllowed(trace: Trace, ranges: readonly Range[]): boolean {
  return inRanges(ranges, sourceOf(trace, trace.address));
}

/** The client's address as a node sees it that the packet has come to on its way to `address`. */
function sourceOf({ from, seenAs }: Trace, address: number): number {
  return seenAs === undefined ? from.addressFor(address) : parseAddress(seenAs);
}

/** On from `node`, whose proxy chose; it `hides` the client from the endpoint behind its own address, or not. */
function toEndpoint(
  fabric: Fabric,
  trace: Trace,
  hop: { endpoint: Endpoint; node: NodeNetwork; hides: boolean },
): Station | Failure {
  const { endpoint, node, hides } = hop;
  const { from } = trace;
  const { address } = endpoint;
  const station = fabric.stations.get(address);
  trace.port = endpoint.port;
  if (from.node === node && trace.balanced === undefined) {
    const denied = leave(fabric, trace, { address, station });
    if (denied !== undefined) return denied;
  }
  if (station === undefined) return unreachable(fabric, trace, address);
  if (!station.powered) {
    return timeOut(trace, `${station.node?.name ?? ""} does not answer: its power is off`);
  }
  const stopped = cross(fabric, trace, { from: node, to: station.node });
  if (stopped !== undefined) return stopped;
  const source = hides ? node.host.addressFor(address) : from.addressFor(address);
  const filtered = station.node === node ? undefined : passForward(fabric, trace, { station, source });
  if (filtered !== undefined) return filtered;
  const refused = enter(fabric, trace, { station, from: hides && station.node !== node ? node.host : from });
  if (refused !== undefined) return refused;
  if (hides || from.has(address)) trace.seenAs = node.host.textFor(address);
  return station;
}
