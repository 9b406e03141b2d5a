/**
 * One request and its answer, decided at one instant: name, route, service rule, listener. What the Linux network stack,
 * iptables and the CNI plugin of a cluster do together, seen as one decision a hop.
 *
 * Simplified: a TLS handshake always succeeds and costs nothing; only TCP carries requests.
 */
import { assert } from "../base/assert.ts";
import type { Errno, HttpRequest } from "../base/program.ts";
import type { NetworkPort, ServedResponse } from "../runtime/network-port.ts";
import { formatAddress, inRange, isLoopback, parseAddress } from "./address.ts";
import type { Fabric } from "./fabric.ts";
import { StationPort } from "./port.ts";
import type { Resolution } from "./resolver.ts";
import type { Endpoint, ServiceRule } from "./service-rules.ts";
import type { Station } from "./station.ts";
import { parseTarget } from "./target.ts";
import type { Target } from "./target.ts";
import { Answer, Failure } from "./trace.ts";
import type { Exchange, Trace } from "./trace.ts";

/** Linux gives up on a connection after six unanswered retries (net.ipv4.tcp_syn_retries): 127 s. */
const CONNECT_TIMEOUT_MS = 127_000;
/** How long a neighbour is asked for before "no route to host". */
const NEIGHBOUR_TIMEOUT_MS = 3_000;
/** One way and back between two namespaces. Simplified: the same within a node and across nodes. */
const ROUND_TRIP_MS = 1;

export function exchange(fabric: Fabric, from: NetworkPort, request: HttpRequest): Exchange {
  assert(from instanceof StationPort, "a port that this network did not make");
  const trace: Trace = { from: from.station, url: request.url, latencyMs: 0 };
  const target = parseTarget(request.url);
  if (target === undefined) return fail(trace, "EINVAL", request.url);
  const place = request.connectTo === undefined ? target : parseTarget(`${target.scheme}://${request.connectTo}`);
  if (place === undefined) return fail(trace, "EINVAL", request.connectTo ?? "");
  trace.port = place.port;
  if (!from.station.powered) return fail(trace, "ENETUNREACH", place.host, "this node's power is off");

  let address = place.address;
  if (address < 0) {
    const resolution = from.lookup(place.host);
    const failure = noteResolution(trace, resolution, request.timeoutMs);
    if (failure !== undefined) return failure;
    address = parseAddress(resolution.addresses[0] as string);
  }
  return connect(fabric, { trace, request, target, port: place.port }, address);
}

interface Attempt {
  trace: Trace;
  request: HttpRequest;
  target: Target;
  port: number;
}

function noteResolution(trace: Trace, resolution: Resolution, timeoutMs: number | undefined): Failure | undefined {
  trace.resolution = resolution;
  trace.latencyMs += resolution.latencyMs;
  if (timeoutMs !== undefined && trace.latencyMs > timeoutMs) {
    trace.latencyMs = timeoutMs;
    return fail(trace, "ETIMEDOUT", resolution.host, "the name was not resolved in time");
  }
  return resolution.errno === undefined ? undefined : fail(trace, resolution.errno, resolution.host);
}

function connect(fabric: Fabric, attempt: Attempt, address: number): Exchange {
  const { trace, port } = attempt;
  const { from } = trace;
  // kube-proxy lets loopback reach node ports (--iptables-localhost-nodeports, on by default).
  if (isLoopback(address)) return acceptAt(fabric, attempt, from);
  if (from.kind === "laptop") return connectFromOutside(fabric, attempt, address);

  const node = from.node;
  assert(node !== undefined, "a station without a node", from.name);
  const rule = node.rules.clusterIP(address, port);
  if (rule !== undefined) return throughService(fabric, attempt, { rule, via: "clusterIP", node });
  if (address === from.address) return acceptAt(fabric, attempt, from);
  const station = fabric.stations.get(address);
  if (station !== undefined) return arrive(fabric, attempt, station);
  return unreachable(fabric, attempt, address);
}

/** The learner's machine reaches nodes only; pod and service addresses have no route there, as on a virtual machine. */
function connectFromOutside(fabric: Fabric, attempt: Attempt, address: number): Exchange {
  const { trace, port } = attempt;
  if (address === trace.from.address) return deliver(attempt, trace.from, port);
  const station = fabric.stations.get(address);
  if (station?.kind !== "node") return timeOut(attempt, "no route from outside the cluster to this address");
  // Nodes see the gateway of their own network, behind which the learner's machine is.
  trace.seenAs = formatAddress(address - (address % 256) + 1);
  return arrive(fabric, attempt, station);
}

function arrive(fabric: Fabric, attempt: Attempt, station: Station): Exchange {
  attempt.trace.latencyMs += ROUND_TRIP_MS;
  if (!station.powered) {
    return timeOut(attempt, `${station.node?.name ?? ""} does not answer: its power is off`);
  }
  return acceptAt(fabric, attempt, station);
}

/** A packet is at its destination: a node's service rules come before what listens there. */
function acceptAt(fabric: Fabric, attempt: Attempt, station: Station): Exchange {
  if (station.kind === "node" && station.node !== undefined) {
    const rule = station.node.rules.nodePort(attempt.port);
    if (rule !== undefined) return throughService(fabric, attempt, { rule, via: "nodePort", node: station.node });
  }
  return deliver(attempt, station, attempt.port);
}

function throughService(
  fabric: Fabric,
  attempt: Attempt,
  hop: { rule: ServiceRule; via: "clusterIP" | "nodePort"; node: NonNullable<Station["node"]> },
): Exchange {
  const { trace } = attempt;
  const { rule, via, node } = hop;
  trace.rule = rule;
  trace.via = via;
  trace.proxy = node;
  const policy =
    via === "clusterIP" ? rule.internalPolicy : trace.from.kind === "laptop" ? rule.externalPolicy : "Cluster";
  const choices = rule.choices(policy, node.name);
  if (choices.length === 0) {
    if (rule.hasEndpoints)
      return timeOut(attempt, `no endpoint on ${node.name}, and the traffic policy is Local: dropped`);
    return fail(trace, "ECONNREFUSED", trace.url, "no ready endpoints");
  }
  const endpoint = node.choose(rule, choices, trace.from.address);
  trace.endpoint = endpoint;
  trace.latencyMs += ROUND_TRIP_MS;
  const hidden = via === "nodePort" ? policy === "Cluster" : endpoint.address === trace.from.address;
  if (hidden) trace.seenAs = node.host.addressText;
  return toEndpoint(fabric, attempt, endpoint);
}

function toEndpoint(fabric: Fabric, attempt: Attempt, endpoint: Endpoint): Exchange {
  const station = fabric.stations.get(endpoint.address);
  if (station === undefined) return unreachable(fabric, attempt, endpoint.address);
  if (!station.powered) {
    return timeOut(attempt, `${station.node?.name ?? ""} does not answer: its power is off`);
  }
  return deliver(attempt, station, endpoint.port);
}

/** Nobody has this address: a node in charge of it says so after a while, anywhere else nobody answers at all. */
function unreachable(fabric: Fabric, attempt: Attempt, address: number): Exchange {
  const { trace, request } = attempt;
  if (inRange(fabric.serviceRange, address)) return timeOut(attempt, "no service has this address and port");
  for (const node of fabric.nodes.values()) {
    if (!node.owns(address)) continue;
    if (!node.powered) return timeOut(attempt, `${node.name} does not answer: its power is off`);
    if (request.timeoutMs !== undefined && request.timeoutMs < NEIGHBOUR_TIMEOUT_MS) break;
    trace.latencyMs += NEIGHBOUR_TIMEOUT_MS;
    return fail(trace, "EHOSTUNREACH", trace.url, `no pod on ${node.name} has this address`);
  }
  return timeOut(attempt, "nobody answers at this address");
}

function timeOut(attempt: Attempt, why: string): Failure {
  const { trace, request } = attempt;
  trace.latencyMs = request.timeoutMs ?? CONNECT_TIMEOUT_MS;
  return fail(trace, "ETIMEDOUT", trace.url, why);
}

function fail(trace: Trace, errno: Errno, detail: string, why?: string): Failure {
  if (why !== undefined) trace.why = why;
  return new Failure(trace, errno, detail);
}

function deliver(attempt: Attempt, station: Station, port: number): Exchange {
  const { trace, request, target } = attempt;
  trace.to = station;
  trace.port = port;
  const listener = station.namespace.listeners.get(port);
  if (listener === undefined) return fail(trace, "ECONNREFUSED", trace.url, `nothing listens on port ${port}`);
  const response = listener({
    method: request.method,
    path: target.path,
    query: target.query,
    headers: servedHeaders(request.headers, target.hostHeader),
    body: request.body,
    remoteAddress: trace.seenAs ?? (station === trace.from ? "127.0.0.1" : trace.from.addressText),
    port,
  });
  return answer(trace, response, request.timeoutMs);
}

function answer(trace: Trace, response: ServedResponse, timeoutMs: number | undefined): Exchange {
  const needed = response.hangs === true ? Infinity : trace.latencyMs + (response.delayMs ?? 1);
  if (needed > (timeoutMs ?? Infinity) || needed === Infinity) {
    trace.latencyMs = timeoutMs ?? Infinity;
    return fail(trace, "ETIMEDOUT", trace.url, "connected, but no answer came");
  }
  trace.latencyMs = needed;
  return new Answer(trace, response);
}

/** Header names in lower case; `host` from the URL unless the client set one. */
function servedHeaders(headers: Record<string, string>, host: string): Record<string, string> {
  const served: Record<string, string> = { host };
  for (const name in headers) served[name.toLowerCase()] = headers[name] as string;
  return served;
}
