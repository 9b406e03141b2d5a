import type { Duplex } from "node:stream";
import type { HttpSink } from "../engine/base/http.ts";

/** A plain HTTP answer on a connection that is not upgraded. */
export class PlainAnswer implements HttpSink {
  private readonly socket: Duplex;

  constructor(socket: Duplex) {
    this.socket = socket;
  }

  head(status: number, headers: Record<string, string>): void {
    const lines = Object.entries({ ...headers, connection: "close" }).map(([name, value]) => `${name}: ${value}\r\n`);
    this.socket.write(`HTTP/1.1 ${status} Refused\r\n${lines.join("")}\r\n`);
  }

  data(text: string): void {
    this.socket.write(text);
  }

  frame(): void {
    this.socket.destroy();
  }

  end(): void {
    this.socket.end();
  }

  fail(): void {
    this.socket.destroy();
  }
}
