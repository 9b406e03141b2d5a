/**
 * What flows over the network besides HTTP: byte streams (TCP) and datagrams (UDP), as their two ends see them.
 *
 * **Whoever serves** (an image's server through `ServerContext.listenTcp`, a program through the system call `listen-tcp`)
 * is given a `Connection` when a client has come and answers with what it wants to hear of it. **Whoever connects**
 * (`NetworkPort.connect`, the system call `connect`) gets the same two things the other way about. A worked example, a
 * server that greets and echoes lines until its client has said all:
 *
 * ```ts
 * ctx.listenTcp(7, (connection) => {
 *   connection.write("hello\n");
 *   return { data: (text) => connection.write(text), end: () => connection.end() };
 * });
 * ```
 *
 * Text arrives in order, whole or in other pieces than it was sent in; it takes the way's latency, and more where the way
 * loses packets. A connection lives on when the service that led to it loses the endpoint (conntrack), and is reset when
 * either end's pod goes. A peer whose node lost its power says nothing: what is written then fails with ETIMEDOUT after
 * fifteen minutes, as net.ipv4.tcp_retries2 has it.
 */
import type { Errno } from "../base/program.ts";

export type TransportProtocol = "TCP" | "UDP";

/** One end of an established connection. Calls after its end do nothing. */
export interface Connection {
  readonly localAddress: string;
  readonly localPort: number;
  /** As this end sees its peer: behind a service that hides clients, the node's. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Characters that the peer would still take; who may wait does so at 0, until `drained`. */
  readonly room: number;
  /** Sends text; over UDP one datagram. */
  write(text: string): void;
  /** Says that no more will be written (FIN). The other direction stays open. */
  end(): void;
  /** Ends writing and listening: whatever still comes is answered with a reset. */
  close(): void;
  /** Breaks the connection at once (RST). */
  reset(): void;
  /** Only for who sets `keeps`: so many characters of what came have been used up. */
  consumed(characters: number): void;
}

/** What one end wants to hear. Each is optional. */
export interface ConnectionEvents {
  data?(text: string): void;
  /** The peer will write no more. Without this, the connection is ended from this side too. */
  end?(): void;
  /** Nothing more goes over it: both ends have ended, or `errno` (ECONNRESET, ETIMEDOUT; over UDP ECONNREFUSED). Once. */
  closed?(errno?: Errno): void;
  /** The peer has room again. */
  drained?(): void;
  /** True: what came counts as waiting until `consumed` is called, which slows the peer down. */
  keeps?: boolean;
}

/** Called for each client, at the moment when it has come. */
export type TcpListener = (connection: Connection) => ConnectionEvents;

/** One message that came in over UDP. */
export interface Datagram {
  readonly data: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** The port that it was sent to in this network namespace. */
  readonly port: number;
  /** Answers later, any number of times. */
  reply(data: string): void;
}

/** Answers with the reply, or undefined for none (or a later one, through `Datagram.reply`). */
export type UdpListener = (datagram: Datagram) => string | undefined;

export interface ConnectTarget {
  /** A name or an address. */
  host: string;
  port: number;
  /** Default TCP. */
  protocol?: TransportProtocol;
  /** Milliseconds until ETIMEDOUT; what Linux takes (127 s) when absent. */
  timeoutMs?: number;
}

/** Hears once how it went. */
export interface ConnectSink {
  opened(connection: Connection): ConnectionEvents;
  /** ENOTFOUND, EAI_AGAIN, ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH. */
  fail(errno: Errno, detail: string): void;
}

/**
 * A server of a protocol of lines: `session` is called for each client and answers how one line (without its end) is
 * answered; the answer goes back as it is, so it brings its own line end. undefined: no answer. `connection.close()` hangs up.
 */
export function lineServer(session: (connection: Connection) => (line: string) => string | undefined): TcpListener {
  return (connection) => {
    const answer = session(connection);
    let rest = "";
    return {
      data(text) {
        rest += text;
        for (let at = rest.indexOf("\n"); at >= 0; at = rest.indexOf("\n")) {
          const line = rest.slice(0, rest[at - 1] === "\r" ? at - 1 : at);
          rest = rest.slice(at + 1);
          const reply = answer(line);
          if (reply !== undefined) connection.write(reply);
        }
      },
    };
  };
}
