/** A machine's or container's way out: the side of the network that programs see. */
import type { DnsQuestion } from "../base/dns.ts";
import { FINISHED_EXCHANGE } from "../base/http.ts";
import type { HttpExchange, HttpSink, Way } from "../base/http.ts";
import type { LoadSpec } from "../base/load.ts";
import type { Packet } from "../base/packets.ts";
import { NOT_HTTP, SystemError, UNANSWERED, UNRESOLVED } from "../base/program.ts";
import type { EchoReply, HttpRequest } from "../base/program.ts";
import type { ConnectSink, ConnectTarget, TcpListener } from "../runtime/connection.ts";
import type { NetworkNamespace } from "../runtime/network-namespace.ts";
import type { NetworkPort, QueryOutcome, QueryTarget, ServedResponse } from "../runtime/network-port.ts";
import { formatAddress, isLoopback, parseAddress } from "./address.ts";
import type { Fabric } from "./fabric.ts";
import { tellConnect } from "./capture/tell-connection.ts";
import { echo } from "./echo.ts";
import { LoadRun } from "./load-run.ts";
import { query } from "./query.ts";
import type { ResolverConfig } from "./resolver-config.ts";
import { Resolver } from "./resolver.ts";
import type { Resolution } from "./resolver.ts";
import { fail } from "./checkpoints.ts";
import { route } from "./route.ts";
import type { Station } from "./station.ts";
import { endsOf, establish } from "./tcp-connection.ts";
import { tcpOverHttp } from "./tcp-over-http.ts";
import { arrivalHops, createTrace, Failure, hears, nextAddress, nobodyListens } from "./trace.ts";
import type { Answer, Exchange, Trace } from "./trace.ts";
import { UdpSocket } from "./udp-socket.ts";

export class StationPort implements NetworkPort {
  readonly station: Station;
  readonly namespace: NetworkNamespace;
  private readonly fabric: Fabric;
  /** What a name stands for here: hosts file, then name server. */
  readonly lookup: (host: string) => Resolution;

  constructor(
    fabric: Fabric,
    station: Station,
    options: { hosts?: string | (() => string) | undefined; config?: ResolverConfig | undefined } = {},
  ) {
    this.fabric = fabric;
    this.station = station;
    this.namespace = station.namespace;
    const resolver = new Resolver(fabric, this, { hosts: options.hosts ?? "", config: options.config });
    this.lookup = (host) => resolver.lookup(host);
  }

  resolve(host: string): string[] {
    const { addresses, errno } = this.lookup(host.toLowerCase());
    if (errno !== undefined) throw new SystemError(errno, host);
    return [...addresses];
  }

  query(question: DnsQuestion, to: QueryTarget): QueryOutcome {
    const { message, errno, latencyMs, trace, failure } = query(this.fabric, this, question, to);
    this.note(trace, failure);
    return { latencyMs, ...(message !== undefined && { message }), ...(errno !== undefined && { errno }) };
  }

  echo(address: string, how: { ttl: number; timeoutMs: number }): EchoReply {
    return echo(this.fabric, this, { address: parseAddress(address), ...how });
  }

  capture(hear: (packet: Packet) => void): () => void {
    return this.fabric.taps.listen(this.station, hear);
  }

  exchange(request: HttpRequest): Exchange {
    return this.fabric.exchange(this, request);
  }

  /** Decides the exchange now and answers when its time has passed. An exchange that never ends ends only by `abort`. */
  send(request: HttpRequest, sink: HttpSink): HttpExchange {
    return this.sendTraced(request, sink).exchange;
  }

  /** `send`, for who wants to know how it was decided. */
  sendTraced(request: HttpRequest, sink: HttpSink): { exchange: HttpExchange; outcome: Exchange } {
    const { sim } = this.fabric;
    const outcome = this.fabric.exchange(this, request);
    this.fabric.traffic.count(outcome);
    const line = this.record(request, outcome);
    const connected = outcome.trace.to !== undefined;
    const unresolved = !outcome.ok && outcome.detail === UNRESOLVED;
    if (outcome.latencyMs === Infinity) return { exchange: { ...FINISHED_EXCHANGE, connected, unresolved }, outcome };
    let giveUp = (): void => {};
    const timer = sim.because(line, () => sim.after(outcome.latencyMs, () => void (giveUp = finish(outcome, sink))));
    const exchange = {
      ...FINISHED_EXCHANGE,
      connected,
      unresolved,
      abort: () => {
        sim.cancel(timer);
        giveUp();
        this.fabric.taps.giveUp(outcome.trace);
      },
    };
    return { exchange, outcome };
  }

  /** Sends the same request again and again; `done` is called once, when the last answer is there. */
  load(spec: LoadSpec, how: { background: boolean; done: () => void }): LoadRun {
    return new LoadRun(this.fabric, this, { spec, ...how });
  }

  /** Journals an exchange; answers the line's number. */
  record({ method, url }: HttpRequest, outcome: Exchange): number {
    return this.fabric.sim.record("hop", {
      actor: this.station.name,
      subject: `${method} ${url}`,
      detail: describeExchange(outcome),
    });
  }

  /** Decides the way now; the connection is open, or has failed, when its time has passed. */
  connect(target: ConnectTarget, sink: ConnectSink): () => void {
    const { fabric, station } = this;
    const { port, protocol = "TCP", timeoutMs } = target;
    const host = target.host.toLowerCase();
    if (protocol === "UDP") return this.openSocket({ host, port }, sink);
    const packet = { url: `tcp://${host}:${port}`, protocol, port, timeoutMs };
    let trace = createTrace(station, packet);
    let to = this.reach(trace, { lookup: this.lookup, host, address: parseAddress(host) });
    while (to instanceof Failure) {
      const next = nextAddress(trace, to);
      if (next === undefined) break;
      const { latencyMs, resolution } = trace;
      trace = createTrace(station, packet);
      trace.latencyMs = latencyMs;
      if (resolution !== undefined) trace.resolution = resolution;
      to = this.reach(trace, { lookup: undefined, host, address: next });
    }
    const [end, way] = [to, trace];
    const ends = end instanceof Failure ? undefined : endsOf(way, end);
    if (fabric.taps.active) tellConnect(fabric, way, end instanceof Failure ? end : ends);
    return this.noted(way, end instanceof Failure ? end : undefined, () => {
      if (end instanceof Failure) return sink.fail(end.errno, end.detail);
      const listener = listenerAt(fabric, end, way.port);
      if (listener === undefined || ends === undefined) sink.fail("ECONNREFUSED", way.url);
      else establish(fabric, ends, { listener, opened: (opened) => sink.opened(opened) });
    });
  }

  /** Follows a packet to who takes connections there. */
  private reach(trace: Trace, to: Parameters<typeof route>[2]): Station | Failure {
    const station = route(this.fabric, trace, to);
    if (station instanceof Failure) return station;
    trace.to = station;
    const heard = station.namespace.listens(trace.port) && hears(trace, station);
    return heard ? station : fail(trace, "ECONNREFUSED", trace.url, nobodyListens(trace, station));
  }

  /** Journals how a packet that is no request fared; answers the line's number. */
  note(trace: Trace, failure: Failure | undefined): number {
    const { url, latencyMs } = trace;
    const [scheme = "", place = ""] = url.split("://");
    const hops = failure === undefined ? arrivalHops(trace) : failure.hops;
    const result = failure === undefined ? {} : { errno: failure.errno, why: failure.why };
    return this.fabric.sim.record("hop", {
      actor: this.station.name,
      subject: `${scheme.toUpperCase()} ${place}`,
      detail: JSON.stringify({ ...result, ms: latencyMs, hops }),
    });
  }

  /** No packet is needed to open a socket of UDP, only a name's address. */
  private openSocket(to: { host: string; port: number }, sink: ConnectSink): () => void {
    const { fabric } = this;
    const { addresses, errno, latencyMs } = this.lookup(to.host);
    const [text = ""] = addresses;
    const timer = fabric.sim.after(latencyMs, () => {
      if (errno !== undefined) return sink.fail(errno, to.host);
      const socket = new UdpSocket(fabric, this, { address: parseAddress(text), text, port: to.port });
      socket.events = sink.opened(socket);
    });
    return () => fabric.sim.cancel(timer);
  }

  /** Runs `then` when the first packet's time has passed. Answers how to give up. */
  private noted(trace: Trace, failure: Failure | undefined, then: () => void): () => void {
    const { sim } = this.fabric;
    const timer = sim.because(this.note(trace, failure), () => sim.after(trace.latencyMs, then));
    return () => {
      sim.cancel(timer);
      this.fabric.taps.giveUp(trace);
    };
  }
}

/** What takes a byte stream at a port: its own server, or a server of HTTP to which the client speaks by hand. */
function listenerAt(fabric: Fabric, { namespace }: Station, port: number): TcpListener | undefined {
  const own = namespace.tcp.get(port);
  if (own !== undefined || !namespace.listeners.has(port)) return own;
  return tcpOverHttp(fabric, () => namespace.listeners.get(port), port);
}

/** Answers how to give up an answer that is not there yet, or not whole. */
function finish(outcome: Exchange, sink: HttpSink): () => void {
  if (!outcome.ok) {
    sink.fail(outcome.errno, outcome.detail);
    return () => {};
  }
  let leave: (() => void) | undefined;
  const answer = (given: ServedResponse): void => {
    const { status, headers = {}, body, resets, cut, hangs, certificate } = given;
    if (hangs === true) return sink.fail("ETIMEDOUT", UNANSWERED);
    if (cut === "no-http") return sink.fail("EPROTO", NOT_HTTP);
    if (cut === "empty") return sink.fail("EPIPE", outcome.url);
    if (resets === true) return sink.fail("ECONNRESET", outcome.url);
    sink.head(status, headers, certificate, wayOf(outcome));
    if (body !== "") sink.data(body);
    if (given.goesOn === undefined) sink.end();
    else leave = given.goesOn(sink);
  };
  const { response } = outcome;
  const forget = response.later?.(answer);
  if (response.later === undefined) answer(response);
  return () => (leave ?? forget)?.();
}

function wayOf({ trace, response, latencyMs }: Answer): Way {
  const local = isLoopback(trace.address) || trace.to === trace.from;
  return {
    remoteAddress: formatAddress(trace.address),
    remotePort: trace.asked,
    localAddress: local ? formatAddress(trace.address) : trace.from.textFor(trace.address),
    ...(trace.resolution !== undefined && { resolved: trace.resolution.addresses }),
    lookupMs: trace.resolution?.latencyMs ?? 0,
    connectMs: latencyMs - (response.delayMs ?? 1),
  };
}

/** JSON of a "hop" line: `ms` until the answer (-1: never), `status` or `errno`, and what was decided where. */
function describeExchange(outcome: Exchange): string {
  const result = outcome.ok ? { status: outcome.response.status } : { errno: outcome.errno, why: outcome.why };
  const ms = outcome.latencyMs === Infinity ? -1 : outcome.latencyMs;
  return JSON.stringify({ ...result, ms, hops: outcome.hops });
}
