/**
 * A port of a pod as seen from inside it: bytes there and back, whatever they are. Upstream: CRI PortForward as containerd
 * serves it.
 */
import type { HttpExchange, HttpSink } from "../base/http.ts";
import { tcpOverHttp } from "../network/tcp-over-http.ts";
import type { Connection, ConnectionEvents } from "../runtime/connection.ts";
import type { NetworkNamespace } from "../runtime/network-namespace.ts";
import type { Simulation } from "../sim/simulation.ts";

/** Channels of the answer: data, then what went wrong. */
const DATA = 1;
const ERROR = 2;
const LOOPBACK = "127.0.0.1";
/** Characters that a peer takes at a time. Simplified: what is under way to the client is not counted. */
const ROOM = 65_536;

export function forwardPort(
  sim: Simulation,
  pod: { network: NetworkNamespace; sandbox: string; port: number },
  sink: HttpSink,
): HttpExchange {
  const { network, port, sandbox } = pod;
  sink.head(101, {});
  // A session whose connections come one by one, each with its port.
  if (!(port > 0)) return { abort() {}, closeStdin() {}, frame() {} };
  const listener = [LOOPBACK, "::1"].some((address) => network.hears(address, port))
    ? (network.tcp.get(port) ??
      (network.listeners.has(port) ? tcpOverHttp({ sim }, () => network.listeners.get(port), port) : undefined))
    : undefined;
  if (listener === undefined) {
    const [, first, second, third, fourth, fifth] = /^(.{8})(.{4})(.{4})(.{4})(.{12})/.exec(sandbox) ?? [];
    const place = `/var/run/netns/cni-${[first, second, third, fourth, fifth].join("-")}`;
    const refused = (dial: string): string => `dial ${dial}:${port}: connect: connection refused`;
    sink.frame(
      ERROR,
      `error forwarding port ${port} to pod ${sandbox}, uid : failed to execute portforward in network namespace "${place}": failed to connect to localhost:${port} inside namespace "${sandbox}", IPv4: ${refused(`tcp4 ${LOOPBACK}`)} IPv6 ${refused("tcp6 [::1]")} `,
    );
    sink.end();
    return { abort() {}, closeStdin() {}, frame() {} };
  }
  const end = new ForwardedEnd(network, port, sink);
  end.events = listener(end);
  return {
    abort: () => end.hangUp(),
    closeStdin: () => end.clientEnded(),
    frame: (_channel, text) => end.events.data?.(text),
  };
}

/** The server's end of a connection whose other end is a client of the API server. */
class ForwardedEnd implements Connection {
  readonly localAddress = LOOPBACK;
  readonly remoteAddress = LOOPBACK;
  readonly localPort: number;
  readonly remotePort: number;
  readonly room = ROOM;
  events: ConnectionEvents = {};
  private readonly network: NetworkNamespace;
  private readonly sink: HttpSink;
  private over = false;

  constructor(network: NetworkNamespace, port: number, sink: HttpSink) {
    this.network = network;
    this.sink = sink;
    this.localPort = port;
    this.remotePort = network.ephemeralPort();
    network.connections.add(this);
  }

  write(text: string): void {
    if (!this.over && text !== "") this.sink.frame(DATA, text);
  }

  /** With what the server has to say the stream is at its end, as upstream's copying of it is. */
  end(): void {
    if (this.finish()) this.sink.end();
  }

  close(): void {
    this.end();
  }

  reset(): void {
    if (!this.finish()) return;
    this.sink.frame(
      ERROR,
      `error forwarding port ${this.localPort}: read tcp4 ${LOOPBACK}:${this.remotePort}->${LOOPBACK}:${this.localPort}: read: connection reset by peer`,
    );
    this.sink.end();
  }

  consumed(): void {}

  /** The client says that it will send no more. */
  clientEnded(): void {
    if (this.over) return;
    if (this.events.end === undefined) this.end();
    else this.events.end();
  }

  /** The client is gone. */
  hangUp(): void {
    if (this.finish()) this.events.closed?.("ECONNRESET");
  }

  private finish(): boolean {
    if (this.over) return false;
    this.over = true;
    this.network.connections.delete(this);
    return true;
  }
}
