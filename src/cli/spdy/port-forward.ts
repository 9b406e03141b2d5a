/**
 * Forwarded connections: the client opens a data and an error stream for each, and what comes over the data stream goes to
 * the pod as it is. Upstream: kubelet/pkg/cri/streaming/portforward/httpstream.go.
 * Simplified: bytes are text in UTF-8.
 */
import { StringDecoder } from "node:string_decoder";
import type { HttpExchange, HttpSink } from "../../engine/base/http.ts";
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
    const { port, data, error } = connection;
    if (data === undefined || error === undefined) return;
    this.connections.delete(id);
    this.forward(port, data, error);
  }

  onEnd(): void {
    this.onGone();
  }

  private forward(port: number, data: SpdyStream, error: SpdyStream): void {
    const refuse = (problem: string): void => {
      error.end(problem);
      data.destroy();
    };
    let problem = "";
    const exchange = this.connect(port, {
      head: (status) => void (problem = status === 101 ? "" : `${status} `),
      data: (text) => void (problem += text),
      frame(channel, text) {
        if (channel === ERROR) refuse(text);
        else if (channel === DATA) data.write(text);
      },
      end() {
        if (problem !== "") refuse(problem);
        else data.end();
      },
      fail: (errno) => refuse(errno),
    });
    const decoder = new StringDecoder("utf8");
    data.on("data", (bytes: Buffer) => exchange.frame(0, decoder.write(bytes)));
    data.once("end", () => exchange.closeStdin());
    data.once("close", () => {
      exchange.abort();
      error.end();
    });
  }
}
