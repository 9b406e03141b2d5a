/**
 * One question to one name server and its answer, decided at one instant. The packet goes where any datagram goes: through
 * service rules to a namespace where somebody answers at that port, or not. Asked by TCP, the way is that of a connection;
 * a name server answers there as well.
 */
import type { DnsMessage, DnsQuestion } from "../base/dns.ts";
import type { Errno } from "../base/program.ts";
import type { QueryTarget } from "../runtime/network-port.ts";
import { parseAddress } from "./address.ts";
import { tellQuery } from "./capture/tell-query.ts";
import type { Fabric } from "./fabric.ts";
import type { StationPort } from "./port.ts";
import { fail } from "./checkpoints.ts";
import { route } from "./route.ts";
import { clientOf, createTrace, Failure, hears, nobodyListens } from "./trace.ts";
import type { Trace } from "./trace.ts";

const DNS_PORT = 53;

/** `message` is there iff `errno` isn't. `trace`: the way that the question went. */
export interface TracedQuery {
  readonly message?: DnsMessage;
  readonly errno?: Errno;
  readonly latencyMs: number;
  readonly trace: Trace;
  /** Set iff `errno` is. */
  readonly failure?: Failure;
}

/** `after`: milliseconds from now until it is asked, as who watches the packets sees it. */
export function query(
  fabric: Fabric,
  port: StationPort,
  question: DnsQuestion,
  to: QueryTarget & { after?: number },
): TracedQuery {
  const asked = decide(fabric, port, question, to);
  fabric.recent.note(asked.trace, asked.errno, fabric.sim.now + (to.after ?? 0));
  if (fabric.taps.active) tellQuery(fabric, asked, { question, after: to.after ?? 0 });
  return asked;
}

function decide(fabric: Fabric, port: StationPort, question: DnsQuestion, to: QueryTarget): TracedQuery {
  const { server, timeoutMs, tcp = false } = to;
  const protocol = tcp ? "TCP" : "UDP";
  const at = to.port ?? DNS_PORT;
  const trace = createTrace(port.station, {
    url: `${tcp ? "tcp" : "udp"}://${server}:${at}`,
    protocol,
    port: at,
    timeoutMs,
  });
  const station = route(fabric, trace, { lookup: undefined, host: server, address: parseAddress(server) });
  if (station instanceof Failure) return failed(trace, station);
  trace.to = station;
  const { namespace } = station;
  const listener = namespace.names.get(trace.port);
  if (!hears(trace, station))
    return failed(trace, fail(trace, "ECONNREFUSED", trace.url, nobodyListens(trace, station)));
  if (listener === undefined) {
    if (!namespace.listens(trace.port, protocol))
      return failed(trace, fail(trace, "ECONNREFUSED", trace.url, `nothing listens on ${protocol} port ${trace.port}`));
    return silent(trace, timeoutMs, "what listens there is no name server");
  }
  const client = clientOf(trace, station);
  const reply = listener(question, client, tcp);
  if (reply === undefined) return silent(trace, timeoutMs, "the name server does not answer");
  trace.latencyMs += reply.latencyMs;
  if (trace.latencyMs > timeoutMs) return silent(trace, timeoutMs, "the name server did not answer in time");
  return { message: reply.message, latencyMs: trace.latencyMs, trace };
}

function silent(trace: Trace, timeoutMs: number, why: string): TracedQuery {
  trace.latencyMs = timeoutMs;
  return failed(trace, fail(trace, "ETIMEDOUT", trace.url, why));
}

function failed(trace: Trace, failure: Failure): TracedQuery {
  return { errno: failure.errno, latencyMs: trace.latencyMs, trace, failure };
}
