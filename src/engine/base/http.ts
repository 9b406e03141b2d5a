import type { Errno, HttpRequest } from "./program.ts";

/** What Go's clients say where they wanted TLS and the server answered without: EPROTO. */
export const GO_PLAIN_ANSWER = "http: server gave HTTP response to HTTPS client";

/** How the connection of an exchange came about. Times count from the exchange's beginning. */
export interface Way {
  remoteAddress: string;
  /** All addresses of the name that was asked for; absent where none was. */
  resolved?: readonly string[];
  remotePort: number;
  localAddress: string;
  lookupMs: number;
  connectMs: number;
}

/**
 * Where a server puts its answer. Order: `head` once, then `data` any number of times, then `end` or `fail`;
 * `fail` alone when there is no answer at all. All may come at once or spread over virtual time.
 * After `head(101)` (an upgrade) `frame` takes the place of `data`: channel 1 stdout, 2 stderr, 3 the final JSON `Status`.
 */
export interface HttpSink {
  /** `certificate`: the one that a server of TLS showed, in PEM. `way`: where there is a network in between. */
  head(status: number, headers: Record<string, string>, certificate?: string, way?: Way): void;
  data(text: string): void;
  frame(channel: number, text: string): void;
  end(): void;
  fail(errno: Errno, detail: string): void;
}

/** The client's end of an exchange under way. */
export interface HttpExchange {
  /** True once it is certain that somebody has taken the connection; absent where that isn't known. */
  readonly connected?: boolean;
  /** True iff its time ends while the name's address is still asked for. */
  readonly unresolved?: boolean;
  /** The client went away; the sink hears no more. */
  abort(): void;
  /** Only after an upgrade: channel 0 stdin, 4 terminal size as `{"Width":80,"Height":24}`. */
  frame(channel: number, text: string): void;
  /** Only after an upgrade: end of stdin. */
  closeStdin(): void;
}

/** Anything that can carry a request to its server: the network of a pod, the laptop's loopback, a kubelet. */
export interface HttpCarrier {
  send(request: HttpRequest, sink: HttpSink): HttpExchange;
}

/** An exchange that is over or can't be spoken to. */
export const FINISHED_EXCHANGE: HttpExchange = { abort() {}, frame() {}, closeStdin() {} };
