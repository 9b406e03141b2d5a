/**
 * exec and attach for real clients: a WebSocket whose messages begin with a byte that names their channel, bridged to
 * the engine's upgraded exchanges. Upstream: apiserver pkg/util/proxy/{streamtranslator,websocket}.go,
 * apimachinery pkg/util/remotecommand.
 *
 * As upstream, what the API server refuses is an HTTP answer, and what fails behind it (the kubelet) is told through the
 * opened socket's error channel.
 * Clients that ask for SPDY, and those that forward ports, are served by spdy/.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { RawData, WebSocket } from "ws";
import { PlainAnswer } from "./plain-answer.ts";
import { upgradeToSpdy } from "./spdy/spdy-upgrade.ts";
import type { HttpCarrier, HttpExchange, HttpSink } from "../engine/base/http.ts";
import { FINISHED_EXCHANGE } from "../engine/base/http.ts";
import type { HttpRequest } from "../engine/base/program.ts";

/** v5 is v4 and the closing of a channel. */
const PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
const STDIN_CHANNEL = 0;
const STATUS_CHANNEL = 3;
const RESIZE_CHANNEL = 4;
const CLOSE_CHANNEL = 255;
const NORMAL_CLOSURE = 1000;

const sockets = new WebSocketServer({
  noServer: true,
  clientTracking: false,
  handleProtocols: (offered) => PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
});

function wantsChannels(incoming: IncomingMessage): boolean {
  if (incoming.headers.upgrade?.toLowerCase() !== "websocket") return false;
  const offered = (incoming.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  return PROTOCOLS.some((protocol) => offered.includes(protocol));
}

/** Answers a request that asks for another protocol. */
export function upgrade(
  carrier: HttpCarrier,
  request: HttpRequest,
  connection: { incoming: IncomingMessage; socket: Duplex; head: Buffer },
): void {
  const { incoming, socket, head } = connection;
  socket.on("error", () => socket.destroy());
  if (!wantsChannels(incoming)) {
    if (upgradeToSpdy(carrier, request, connection)) return;
    carrier.send(request, new PlainAnswer(socket));
    return;
  }
  const bridge = new Bridge((ready) => sockets.handleUpgrade(incoming, socket, head, ready), new PlainAnswer(socket));
  bridge.follow(carrier.send({ ...request, upgrade: true }, bridge));
  socket.on("close", () => bridge.leave());
}

/** One exchange and its WebSocket, which opens when the engine's answer is known. */
class Bridge implements HttpSink {
  private readonly open: (ready: (socket: WebSocket) => void) => void;
  private readonly refusal: HttpSink;
  private exchange: HttpExchange = FINISHED_EXCHANGE;
  private socket: WebSocket | undefined;
  private refused: "here" | "behind" | undefined;
  private problem = "";
  private over = false;
  private readonly decoder = new TextDecoder();

  constructor(open: (ready: (socket: WebSocket) => void) => void, refusal: HttpSink) {
    this.open = open;
    this.refusal = refusal;
  }

  follow(exchange: HttpExchange): void {
    this.exchange = exchange;
  }

  leave(): void {
    if (!this.over) this.exchange.abort();
    this.over = true;
  }

  head(status: number, headers: Record<string, string>): void {
    if (status === 101) {
      this.accept();
    } else if (status >= 500) {
      this.refused = "behind";
      this.accept();
    } else {
      this.refused = "here";
      this.refusal.head(status, headers);
    }
  }

  data(text: string): void {
    if (this.refused === "here") this.refusal.data(text);
    else this.problem += text;
  }

  frame(channel: number, text: string): void {
    this.socket?.send(Buffer.concat([Buffer.of(channel), Buffer.from(text, "utf8")]));
  }

  end(): void {
    this.over = true;
    if (this.refused === "here") return this.refusal.end();
    if (this.refused === "behind") this.frame(STATUS_CHANNEL, this.problem);
    this.socket?.close(NORMAL_CLOSURE);
  }

  fail(): void {
    this.over = true;
    if (this.socket === undefined) this.refusal.fail("ECONNRESET", "");
    else this.socket.terminate();
  }

  private accept(): void {
    this.open((socket) => {
      this.socket = socket;
      socket.on("message", (data) => this.take(bytesOf(data)));
      socket.on("close", () => this.leave());
      socket.on("error", () => this.leave());
    });
  }

  private take(message: Buffer): void {
    const channel = message[0];
    if (this.over || channel === undefined) return;
    const payload = message.subarray(1);
    if (channel === STDIN_CHANNEL && payload.length > 0) {
      const text = this.decoder.decode(payload, { stream: true });
      if (text !== "") this.exchange.frame(STDIN_CHANNEL, text);
    } else if (channel === RESIZE_CHANNEL) this.exchange.frame(RESIZE_CHANNEL, payload.toString("utf8"));
    else if (channel === CLOSE_CHANNEL && payload[0] === STDIN_CHANNEL) this.exchange.closeStdin();
  }
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
