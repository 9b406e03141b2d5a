/**
 * One request and its answer, decided at one instant: where it goes, what listens there, what that answers.
 *
 * Simplified: a TLS handshake with who speaks TLS always succeeds and costs nothing; each request is a connection of its own.
 */
import { assert } from "../base/assert.ts";
import type { HttpRequest } from "../base/program.ts";
import type { Listener, NetworkPort, ServedRequest, ServedResponse } from "../runtime/network-port.ts";
import { nginxPage } from "../runtime/nginx-page.ts";
import type { Simulation } from "../sim/simulation.ts";
import type { Fabric } from "./fabric.ts";
import { httpOverTcp } from "./http-over-tcp.ts";
import { StationPort } from "./port.ts";
import { fail } from "./checkpoints.ts";
import { route } from "./route.ts";
import type { Station } from "./station.ts";
import { parseTarget, servedHeaders } from "./target.ts";
import type { Target } from "./target.ts";
import { Answer, clientOf, createTrace, Failure, hears, nextAddress, nobodyListens } from "./trace.ts";
import type { Exchange, Trace } from "./trace.ts";

type Later = NonNullable<ServedResponse["later"]>;

export function exchange(fabric: Fabric, from: NetworkPort, request: HttpRequest): Exchange {
  assert(from instanceof StationPort, "a port that this network did not make");
  const { url, timeoutMs, connectTimeoutMs } = request;
  const patience = timeoutMs === undefined ? connectTimeoutMs : Math.min(timeoutMs, connectTimeoutMs ?? timeoutMs);
  const trace = createTrace(from.station, { url, protocol: "TCP", port: 0, timeoutMs: patience });
  if (request.connection !== undefined) trace.connection = request.connection;
  const target = parseTarget(url);
  if (target === undefined) return fail(trace, "EINVAL", url);
  const place = request.connectTo === undefined ? target : parseTarget(`${target.scheme}://${request.connectTo}`);
  if (place === undefined) return fail(trace, "EINVAL", request.connectTo ?? "");
  trace.port = place.port;
  trace.asked = place.port;
  const station = route(fabric, trace, { lookup: from.lookup, host: place.host, address: place.address });
  let outcome = station instanceof Failure ? station : deliver(fabric, { trace, request, target }, station);
  // A name's other addresses, one after the other, as clients do while they refuse.
  for (let next = nextAddress(trace, outcome); next !== undefined; next = nextAddress(outcome.trace, outcome)) {
    const again = createTrace(from.station, { url, protocol: "TCP", port: place.port, timeoutMs: patience });
    if (request.connection !== undefined) {
      delete request.connection.endpoint;
      again.connection = request.connection;
    }
    again.latencyMs = outcome.trace.latencyMs;
    if (trace.resolution !== undefined) again.resolution = trace.resolution;
    const other = route(fabric, again, { lookup: undefined, host: place.host, address: next });
    outcome = other instanceof Failure ? other : deliver(fabric, { trace: again, request, target }, other);
  }
  return outcome;
}

function deliver(
  fabric: Fabric,
  attempt: { trace: Trace; request: HttpRequest; target: Target },
  station: Station,
): Exchange {
  const { trace, request, target } = attempt;
  const { port } = trace;
  const { timeoutMs } = request;
  trace.to = station;
  const { namespace } = station;
  if (!hears(trace, station)) return fail(trace, "ECONNREFUSED", trace.url, nobodyListens(trace, station));
  const listener =
    namespace.listeners.get(port) ?? (station.kind === "node" ? station.node?.healthCheck(port) : undefined);
  if (listener === undefined) {
    if (!namespace.tcp.has(port)) return fail(trace, "ECONNREFUSED", trace.url, nobodyListens(trace, station));
    return answer(fabric, trace, { response: httpOverTcp(fabric, { trace, target, station, request }), timeoutMs });
  }
  if (target.scheme === "https" && listener.tls?.(port) !== true) {
    trace.latencyMs += 1;
    return fail(trace, "EPROTO", trace.url, `port ${port} speaks plain HTTP, and was asked for TLS`);
  }
  if (trace.links !== undefined && !resend(fabric, trace)) {
    trace.latencyMs = timeoutMs ?? Infinity;
    return fail(trace, "ETIMEDOUT", trace.url, "connected, but every packet was lost");
  }
  const response = served(fabric, listener, {
    method: request.method,
    path: target.path,
    query: target.query,
    headers: servedHeaders(request.headers, target.hostHeader),
    body: request.body,
    remoteAddress: clientOf(trace, station),
    port,
    scheme: target.scheme,
  });
  return answer(fabric, trace, { response, timeoutMs });
}

/**
 * Servers that pass a request on in a circle (an Ingress whose backend is its own controller) would never end.
 * Simplified: after so many of them one has no connections left; a real circle is some thousand long by then.
 */
const MOST_PASSED = 40;
const EXHAUSTED: ServedResponse = {
  status: 500,
  headers: { "content-type": "text/html" },
  body: nginxPage(500),
};

function served(fabric: Fabric, listener: Listener, request: ServedRequest): ServedResponse {
  if (fabric.passed >= MOST_PASSED) return EXHAUSTED;
  fabric.passed++;
  try {
    return listener(request);
  } finally {
    fabric.passed--;
  }
}

/** What the request and its answer lose on faulty links, after the connection itself; false when they never get across. */
function resend(fabric: Fabric, trace: Trace): boolean {
  for (const { fault } of trace.links ?? []) {
    const lost = fabric.links.lostTime(fault, false);
    if (lost === undefined) return false;
    trace.latencyMs += 2 * fault.latencyMs + lost;
  }
  return true;
}

function answer(
  { sim }: Fabric,
  trace: Trace,
  { response, timeoutMs }: { response: ServedResponse; timeoutMs: number | undefined },
): Exchange {
  if (response.resets === true) {
    trace.latencyMs += response.delayMs ?? 1;
    return fail(trace, "ECONNRESET", trace.url, "the server broke the connection off");
  }
  const needed = response.hangs === true ? Infinity : trace.latencyMs + (response.delayMs ?? 1);
  if (needed > (timeoutMs ?? Infinity) || needed === Infinity) {
    trace.latencyMs = timeoutMs ?? Infinity;
    return fail(trace, "ETIMEDOUT", trace.url, "connected, but no answer came");
  }
  trace.latencyMs = needed;
  const { later } = response;
  if (later === undefined || timeoutMs === undefined) return new Answer(trace, response);
  return new Answer(trace, { ...response, later: inTime(sim, later, timeoutMs - needed) });
}

const SILENCE: ServedResponse = { status: 0, body: "", hangs: true };

/** An answer that comes when it comes, or silence when the client waits no longer. */
function inTime(sim: Simulation, later: Later, ms: number): Later {
  return (answer) => {
    let giveUp: (() => void) | undefined;
    let over = false;
    const end = (response: ServedResponse): void => {
      if (over) return;
      over = true;
      sim.cancel(timer);
      answer(response);
    };
    const timer = sim.after(ms, () => {
      giveUp?.();
      end(SILENCE);
    });
    giveUp = later(end);
    return () => {
      over = true;
      sim.cancel(timer);
      giveUp?.();
    };
  };
}
