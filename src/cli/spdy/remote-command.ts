/**
 * exec and attach over SPDY, as clients do that know no WebSockets: a stream for each of error, stdin, stdout, stderr and
 * resize. Upstream: kubelet/pkg/cri/streaming/remotecommand/httpstream.go.
 */
import type { HttpExchange } from "../../engine/base/http.ts";
import type { SpdyHandler, SpdyStream } from "./spdy-session.ts";

const STDIN_CHANNEL = 0;
const RESIZE_CHANNEL = 4;
const OUTPUTS: Readonly<Record<number, string>> = { 1: "stdout", 2: "stderr", 3: "error" };

export class RemoteCommand implements SpdyHandler {
  private readonly exchange: () => HttpExchange;
  private readonly onGone: () => void;
  private readonly streams = new Map<string, SpdyStream>();
  /** What comes before the client has opened its streams. */
  private waiting: [number, string][] = [];
  private missing: Set<string>;
  private ended = false;
  private readonly decoder = new TextDecoder();

  constructor(query: URLSearchParams, exchange: () => HttpExchange, onGone: () => void) {
    this.exchange = exchange;
    this.onGone = onGone;
    const asked = (name: string): boolean => /^(?:1|true)$/.test(query.get(name) ?? "");
    const streams = ["stdin", "stdout", "stderr"].filter((name) => asked(name) && !(name === "stderr" && asked("tty")));
    this.missing = new Set(["error", ...streams, ...(asked("tty") ? ["resize"] : [])]);
  }

  onStream(stream: SpdyStream): void {
    const type = stream.headers.get("streamtype") ?? "";
    this.streams.set(type, stream);
    stream.on("error", () => stream.destroy());
    if (type === "stdin") {
      stream.on("data", (bytes: Buffer) => {
        const text = this.decoder.decode(bytes, { stream: true });
        if (text !== "") this.exchange().frame(STDIN_CHANNEL, text);
      });
      stream.once("end", () => this.exchange().closeStdin());
    } else if (type === "resize") {
      stream.on("data", (bytes: Buffer) => this.exchange().frame(RESIZE_CHANNEL, bytes.toString("utf8")));
    } else stream.resume();
    this.missing.delete(type);
    if (this.missing.size > 0) return;
    for (const [channel, text] of this.waiting.splice(0)) this.take(channel, text);
    if (this.ended) this.close();
  }

  onEnd(): void {
    this.onGone();
  }

  take(channel: number, text: string): void {
    if (this.missing.size > 0) this.waiting.push([channel, text]);
    else this.streams.get(OUTPUTS[channel] ?? "")?.write(text);
  }

  /** The remote side has ended. */
  close(): void {
    this.ended = true;
    if (this.missing.size > 0) return;
    for (const stream of this.streams.values()) stream.end();
  }
}
