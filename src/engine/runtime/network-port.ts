import type { DnsMessage, DnsQuestion } from "../base/dns.ts";
import type { HttpExchange, HttpSink } from "../base/http.ts";
import type { LoadResult, LoadSpec } from "../base/load.ts";
import type { Packet } from "../base/packets.ts";
import type { EchoReply, Errno, HttpRequest } from "../base/program.ts";
import type { ConnectSink, ConnectTarget } from "./connection.ts";
import type { NetworkNamespace } from "./network-namespace.ts";

/** A request as a listening program gets it. `path` has no query; header names are in lower case. */
export interface ServedRequest {
  method: string;
  path: string;
  query: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** The address that the server sees as its client. */
  remoteAddress: string;
  /** The port that was connected to in this network namespace. */
  port: number;
  /**
   * `http` or `https`, as the client came. Absent where bytes came through a stream (a forwarded port, a proxy of TCP), which
   * here don't tell: such a request is served either way.
   */
  scheme?: string;
}

export interface ServedResponse {
  status: number;
  headers?: Record<string, string>;
  body: string;
  /** Virtual milliseconds that the server takes to answer; default 1. */
  delayMs?: number;
  /** The server never answers: the client waits until its own time-out. */
  hangs?: boolean;
  /** The certificate that the server showed, in PEM: only where it speaks TLS. */
  certificate?: string;
  /** Where a server that passes requests on sent this one, decision by decision. */
  onward?(): readonly Decision[];
  /** What came of that, where the server answers in another's place. */
  passed?: Exchanged;
  /** The server breaks the connection off instead of answering. */
  resets?: boolean;
  /** How, where it does so in good order: without a word, or with words that are no HTTP. */
  cut?: "empty" | "no-http";
  /**
   * The answer comes when it comes, in place of what stands here: `hangs` when it did not in the time that the client waits.
   * Answers how to give up waiting.
   */
  later?(answer: (response: ServedResponse) => void): () => void;
  /**
   * The body goes on after what stands here, piece by piece. Answers how the client goes away.
   * Simplified: servers that pass an answer on (nginx, an Ingress, a Gateway) pass on what is there at first.
   */
  goesOn?(body: { data(text: string): void; end(): void }): () => void;
}

/** One decision on a request's way; see the network's `Hop`. */
export interface Decision {
  at: string;
  decision: string;
  reason: string;
}

/** What a request came to, decided at once. */
export type Exchanged =
  | { readonly ok: true; readonly response: ServedResponse; readonly latencyMs: number; readonly hops: Decision[] }
  | { readonly ok: false; readonly errno: Errno; readonly latencyMs: number; readonly hops: Decision[] };

export interface Listener {
  (request: ServedRequest): ServedResponse;
  /** Whether its port speaks TLS, at present; where it is absent no port of it does: who comes with https gets no handshake. */
  readonly tls?: (port: number) => boolean;
}

/** Serves over TLS alone. Who forgets the s is told so, as Go's net/http does, unless `plain` has other words for him. */
export function overTls(
  listener: (request: ServedRequest) => ServedResponse,
  plain: (request: ServedRequest) => ServedResponse = () => PLAIN_HTTP,
): Listener {
  return Object.assign((request: ServedRequest) => (request.scheme === "http" ? plain(request) : listener(request)), {
    tls: () => true,
  });
}

const PLAIN_HTTP: ServedResponse = {
  status: 400,
  headers: { connection: "close" },
  body: "Client sent an HTTP request to an HTTPS server.\n",
};

/** What a question to a name server came to. `message` is there iff `errno` isn't. */
export interface QueryOutcome {
  readonly message?: DnsMessage;
  /** ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH. */
  readonly errno?: Errno;
  readonly latencyMs: number;
}

export interface QueryTarget {
  /** An address. */
  server: string;
  /** Default 53. */
  port?: number;
  /** By a connection instead of a datagram. */
  tcp?: boolean;
  /** How long the client waits for a server that is silent. */
  timeoutMs: number;
}

/** What a look-up came to: addresses, or why there are none. */
export interface Lookup {
  readonly addresses: readonly string[];
  readonly errno?: Errno;
  readonly latencyMs: number;
}

/**
 * A machine's or container's way out. The network part makes these; programs reach them through `http`, `connect` and `resolve`.
 * Failures reach the sink as ENOTFOUND, ECONNREFUSED, EHOSTUNREACH, ETIMEDOUT …
 */
export interface NetworkPort {
  readonly namespace: NetworkNamespace;
  /** False where nobody outside would reach a program that listens: it may not. */
  readonly canListen?: boolean;
  /** Addresses of a host name, by this machine's hosts file and resolver; a `SystemError` ENOTFOUND when there are none. */
  resolve(host: string): string[];
  /** The same with the time that it takes; absent where it takes none. */
  lookup?(host: string): Lookup;
  /** One question to one name server, decided now; absent where there is no such network. */
  query?(question: DnsQuestion, to: QueryTarget): QueryOutcome;
  /** One packet of ICMP that wants an echo, and what comes of it, decided now; absent where there is no such network. */
  echo?(address: string, how: { ttl: number; timeoutMs: number }): EchoReply;
  /** Tells of each packet that passes its namespace from now on. Answers how to stop; absent where there is no such network. */
  capture?(hear: (packet: Packet) => void): () => void;
  send(request: HttpRequest, sink: HttpSink): HttpExchange;
  /**
   * Sends the same request again and again, for a load generator. `result` grows meanwhile; `done` is called once, when
   * the last answer is there and never after `stop`. Absent where there is no network.
   */
  load?(spec: LoadSpec, how: { background: boolean; done: () => void }): { readonly result: LoadResult; stop(): void };
  /** A request decided now, for a server that passes on what it is asked; absent where there is no such network. */
  exchange?(request: HttpRequest): Exchanged;
  /** Opens a connection of TCP, or a socket of UDP that speaks to one peer. Answers how to give up before it is open. */
  connect(target: ConnectTarget, sink: ConnectSink): () => void;
}
