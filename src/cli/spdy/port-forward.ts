/**
 * Forwarded connections: the client opens a data and an error stream for each. What comes over the data stream is HTTP,
 * read by Node's own parser and carried to the pod request by request.
 * Upstream: kubelet/pkg/cri/streaming/portforward/httpstream.go.
 * Simplified: a port that speaks anything but HTTP can't be forwarded.
 */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpExchange, HttpSink } from "../../engine/base/http.ts";
import { formatRequest, parseResponse } from "../../engine/base/http-text.ts";
import { readBody } from "../http-bridge.ts";
import { headersOf } from "../http-headers.ts";
import type { SpdyHandler, SpdyStream } from "./spdy-session.ts";

interface Connection {
  port: number;
  data?: SpdyStream;
  error?: SpdyStream;
}

/** Channels of the kubelet's answer. */
const DATA = 1;
const ERROR = 2;

export class PortForwarder implements SpdyHandler {
  /** Opens a connection to a port of the pod. */
  private readonly connect: (port: number, sink: HttpSink) => HttpExchange;
  private readonly onGone: () => void;
  private readonly connections = new Map<string, Connection>();
  private readonly bySocket = new Map<unknown, Connection>();
  private readonly http = createServer((request, response) => void this.forward(request, response));

  constructor(connect: (port: number, sink: HttpSink) => HttpExchange, onGone: () => void) {
    this.connect = connect;
    this.onGone = onGone;
  }

  onStream(stream: SpdyStream): void {
    const { headers } = stream;
    const id = headers.get("requestid") ?? `${headers.get("port")}`;
    const connection = this.connections.get(id) ?? { port: Number(headers.get("port")) };
    this.connections.set(id, connection);
    stream.on("error", () => stream.destroy());
    if (headers.get("streamtype") === "error") connection.error = stream;
    else connection.data = stream;
    const { data, error } = connection;
    if (data === undefined || error === undefined) return;
    this.connections.delete(id);
    this.bySocket.set(data, connection);
    data.once("close", () => {
      this.bySocket.delete(data);
      error.end();
    });
    this.http.emit("connection", data);
  }

  onEnd(): void {
    this.http.close();
    this.onGone();
  }

  private async forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = this.bySocket.get(request.socket);
    const body = await readBody(request);
    if (connection === undefined || body === undefined) return void response.destroy();
    const refuse = (problem: string): void => {
      connection.error?.end(problem);
      connection.data?.destroy();
    };
    let problem = "";
    const exchange = this.connect(connection.port, {
      head: (status) => void (problem = status === 101 ? "" : `${status} `),
      data: (text) => void (problem += text),
      frame(channel, text) {
        if (channel === ERROR) return refuse(text);
        const answer = channel === DATA ? parseResponse(text) : undefined;
        if (answer === undefined) return;
        const { "content-length": _, ...headers } = answer.headers;
        response.writeHead(answer.status, headers).end(answer.body);
      },
      end: () => void (problem !== "" && refuse(problem)),
      fail: (errno) => refuse(errno),
    });
    const { method = "GET", url = "/" } = request;
    const [path = "/", query = ""] = url.split("?", 2);
    exchange.frame(0, formatRequest({ method, path, query, headers: headersOf(request), body }));
  }
}
