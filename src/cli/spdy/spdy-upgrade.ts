/**
 * SPDY/3.1 for the clients that insist on it: by an upgrade of their connection, or tunnelled in a WebSocket, as kubectl
 * forwards ports. Upstream: apimachinery pkg/util/httpstream/spdy, apiserver pkg/util/proxy/streamtunnel.go.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { RawData, WebSocket } from "ws";
import type { HttpCarrier, HttpExchange, HttpSink } from "../../engine/base/http.ts";
import { FINISHED_EXCHANGE } from "../../engine/base/http.ts";
import type { HttpRequest } from "../../engine/base/program.ts";
import { PlainAnswer } from "../plain-answer.ts";
import { PortForwarder } from "./port-forward.ts";
import { RemoteCommand } from "./remote-command.ts";
import { SpdySession } from "./spdy-session.ts";

const TUNNEL = "SPDY/3.1+portforward.k8s.io";
const SPDY = "SPDY/3.1";
const PORT_FORWARD = "portforward.k8s.io";
const REMOTE_COMMAND = "v4.channel.k8s.io";
/** A remote command's last bytes are on their way when it ends. */
const LINGER_MS = 100;

export interface Upgrading {
  incoming: IncomingMessage;
  socket: Duplex;
  head: Buffer;
}

const tunnels = new WebSocketServer({ noServer: true, clientTracking: false, handleProtocols: () => TUNNEL });

/** Takes over the connection when it is one for SPDY; false when it isn't. */
export function upgradeToSpdy(carrier: HttpCarrier, request: HttpRequest, connection: Upgrading): boolean {
  const { incoming, socket, head } = connection;
  const forwards = new URL(request.url).pathname.endsWith("/portforward");
  if (forwards && wants(incoming, "sec-websocket-protocol", TUNNEL)) {
    const bridge = new SpdyBridge(request, new PlainAnswer(socket), (open) =>
      tunnels.handleUpgrade(incoming, socket, head, (webSocket) => open(tunnelled(webSocket))),
    );
    bridge.begin(carrier, socket);
    return true;
  }
  if (!wants(incoming, "upgrade", SPDY)) return false;
  const protocol = forwards ? PORT_FORWARD : REMOTE_COMMAND;
  if (!wants(incoming, "x-stream-protocol-version", protocol)) return false;
  const bridge = new SpdyBridge(request, new PlainAnswer(socket), (open) => {
    const lines = [`Connection: Upgrade`, `Upgrade: ${SPDY}`, `X-Stream-Protocol-Version: ${protocol}`];
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("\r\n")}\r\n\r\n`);
    open(direct(socket, head));
  });
  bridge.begin(carrier, socket);
  return true;
}

function wants({ headers }: IncomingMessage, name: string, value: string): boolean {
  const said = headers[name];
  const text = Array.isArray(said) ? said.join(",") : (said ?? "");
  return text.split(",").some((item) => item.trim().toLowerCase() === value.toLowerCase());
}

/** The bytes below SPDY. */
interface Wire {
  send(bytes: Buffer): void;
  listen(receive: (bytes: Buffer) => void): void;
  close(): void;
}

function direct(socket: Duplex, head: Buffer): Wire {
  return {
    send: (bytes) => void socket.write(bytes),
    listen(receive) {
      if (head.length > 0) receive(head);
      socket.on("data", receive);
    },
    close: () => void socket.end(),
  };
}

function tunnelled(webSocket: WebSocket): Wire {
  return {
    send: (bytes) => webSocket.send(bytes),
    listen: (receive) => void webSocket.on("message", (data) => receive(bytesOf(data))),
    close: () => webSocket.close(),
  };
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}

/** One exchange of the engine and its SPDY session, which begins when the engine agrees. */
class SpdyBridge implements HttpSink {
  private readonly request: HttpRequest;
  private readonly refusal: HttpSink;
  private readonly accept: (open: (wire: Wire) => void) => void;
  private exchange: HttpExchange = FINISHED_EXCHANGE;
  private carrier: HttpCarrier | undefined;
  private peer: PortForwarder | RemoteCommand | undefined;
  private wire: Wire | undefined;
  private over = false;

  constructor(request: HttpRequest, refusal: HttpSink, accept: (open: (wire: Wire) => void) => void) {
    this.request = request;
    this.refusal = refusal;
    this.accept = accept;
  }

  begin(carrier: HttpCarrier, socket: Duplex): void {
    this.carrier = carrier;
    this.exchange = carrier.send({ ...this.request, upgrade: true }, this);
    socket.on("close", () => this.leave());
  }

  head(status: number, headers: Record<string, string>): void {
    if (status !== 101) return this.refusal.head(status, headers);
    const exchange = (): HttpExchange => this.exchange;
    const gone = (): void => this.leave();
    const { pathname, searchParams } = new URL(this.request.url);
    const peer = pathname.endsWith("/portforward")
      ? new PortForwarder((port, sink) => this.connect(port, sink), gone)
      : new RemoteCommand(searchParams, exchange, gone);
    this.peer = peer;
    this.accept((wire) => {
      this.wire = wire;
      const session = new SpdySession((bytes) => wire.send(bytes), peer);
      wire.listen((bytes) => session.receive(bytes));
    });
  }

  data(text: string): void {
    this.refusal.data(text);
  }

  frame(channel: number, text: string): void {
    if (this.peer instanceof RemoteCommand) this.peer.take(channel, text);
  }

  end(): void {
    this.over = true;
    if (this.peer === undefined) return this.refusal.end();
    if (this.peer instanceof RemoteCommand) this.peer.close();
    setTimeout(() => this.wire?.close(), LINGER_MS);
  }

  fail(): void {
    this.over = true;
    if (this.peer === undefined) this.refusal.fail("ECONNRESET", "");
    else this.wire?.close();
  }

  /** Another exchange of the engine for each forwarded connection. */
  private connect(port: number, sink: HttpSink): HttpExchange {
    const url = new URL(this.request.url);
    url.searchParams.set("ports", String(port));
    return this.carrier?.send({ ...this.request, url: url.href, upgrade: true }, sink) ?? FINISHED_EXCHANGE;
  }

  private leave(): void {
    if (!this.over) this.exchange.abort();
    this.over = true;
  }
}
