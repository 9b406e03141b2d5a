/**
 * exec and attach from a real terminal: the channels of an upgraded exchange over a WebSocket.
 * Upstream: client-go tools/remotecommand/websocket.go.
 */
import { WebSocket } from "ws";
import type { RawData } from "ws";
import type { HttpExchange, HttpSink } from "../engine/base/http.ts";
import type { HttpRequest } from "../engine/base/program.ts";
import { headersOf } from "./http-headers.ts";

const PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
const STDIN_CHANNEL = 0;
/** The server ends a channel by naming it here; the client likewise, since v5. */
const CLOSE_CHANNEL = 255;

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}

/** A refusal comes as an ordinary answer: `head`, `data`, `end`. */
export function openChannels(request: HttpRequest, sink: HttpSink): HttpExchange {
  const headers = { ...request.headers };
  delete headers["content-type"];
  const socket = new WebSocket(request.url.replace(/^http/, "ws"), PROTOCOLS, { headers });
  const decoders = new Map<number, InstanceType<typeof TextDecoder>>();
  let settled = false;
  const waiting: Buffer[] = [];
  const send = (channel: number, payload: Buffer): void => {
    const message = Buffer.concat([Buffer.of(channel), payload]);
    if (socket.readyState === WebSocket.OPEN) socket.send(message);
    else if (socket.readyState === WebSocket.CONNECTING) waiting.push(message);
  };
  socket.on("open", () => {
    settled = true;
    sink.head(101, {});
    for (const message of waiting) socket.send(message);
  });
  socket.on("unexpected-response", (_outgoing, message) => {
    settled = true;
    sink.head(message.statusCode ?? 0, headersOf(message));
    message.setEncoding("utf8");
    message.on("data", (text: string) => sink.data(text));
    message.on("end", () => sink.end());
  });
  socket.on("message", (data) => {
    const message = bytesOf(data);
    const channel = message[0];
    if (channel === undefined || channel === CLOSE_CHANNEL) return;
    let decoder = decoders.get(channel);
    if (decoder === undefined) decoders.set(channel, (decoder = new TextDecoder()));
    const text = decoder.decode(message.subarray(1), { stream: true });
    if (text !== "") sink.frame(channel, text);
  });
  socket.on("close", () => {
    if (settled) sink.end();
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    if (settled) return;
    settled = true;
    sink.fail(error.code === "ECONNREFUSED" ? "ECONNREFUSED" : "ECONNRESET", new URL(request.url).host);
  });
  return {
    abort: () => socket.terminate(),
    frame: (channel, text) => send(channel, Buffer.from(text, "utf8")),
    closeStdin: () => send(CLOSE_CHANNEL, Buffer.of(STDIN_CHANNEL)),
  };
}
