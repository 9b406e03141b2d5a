/** A program's end of a connection, and the port on which a program waits for connections. */
import { SystemError } from "../base/program.ts";
import type { Errno } from "../base/program.ts";
import type { Connection, ConnectionEvents, TransportProtocol } from "./connection.ts";
import { datagramPeers } from "./datagram-peers.ts";
import { BLOCKED, Description } from "./description.ts";
import type { Socket } from "./description.ts";
import type { NetworkNamespace } from "./network-namespace.ts";
import { readLength } from "./streams.ts";

/**
 * Reads give what the peer wrote (over UDP one datagram each), null when it has ended; writes wait while the peer has no
 * room, and fail with EPIPE once the connection is gone. Closing it while something waits to be read resets it.
 */
export class SocketStream extends Description implements ConnectionEvents {
  readonly keeps = true;
  readonly connection: Connection;
  private readonly protocol: TransportProtocol;
  private readonly settle: () => void;
  private pieces: string[] = [];
  private over: "open" | "ended" | "closed" = "open";
  private errno: Errno | undefined;
  private finished = false;

  constructor(connection: Connection, protocol: TransportProtocol, settle: () => void) {
    super();
    this.connection = connection;
    this.protocol = protocol;
    this.settle = settle;
  }

  override read(line?: boolean): string | null | typeof BLOCKED {
    const { pieces } = this;
    if (pieces.length > 0) {
      if (this.protocol === "TCP" && pieces.length > 1) this.pieces = [pieces.join("")];
      const text = this.pieces.shift() as string;
      const length = readLength(text, line);
      if (length < text.length) this.pieces.unshift(text.slice(length));
      this.connection.consumed(length);
      return text.slice(0, length);
    }
    const { errno } = this;
    if (errno !== undefined) {
      this.errno = undefined;
      throw new SystemError(errno, `${this.connection.remoteAddress}:${this.connection.remotePort}`);
    }
    return this.over === "open" ? BLOCKED : null;
  }

  override write(data: string): number {
    if (this.over === "closed" || this.finished) throw new SystemError("EPIPE");
    const { room } = this.connection;
    if (room <= 0) return 0;
    const taken = this.protocol === "UDP" ? data : data.slice(0, room);
    this.connection.write(taken);
    return taken.length;
  }

  override get socket(): Socket {
    return { connection: this.connection };
  }

  override get readable(): boolean {
    return this.pieces.length > 0 || this.over !== "open" || this.errno !== undefined;
  }

  /** Half-close. */
  finish(): void {
    this.finished = true;
    this.connection.end();
  }

  data(text: string): void {
    this.pieces.push(text);
    this.tell();
  }

  end(): void {
    if (this.over === "open") this.over = "ended";
    this.tell();
  }

  closed(errno?: Errno): void {
    this.over = this.protocol === "UDP" ? "open" : "closed";
    this.errno = errno;
    this.tell();
  }

  drained(): void {
    this.tell();
  }

  protected override released(): void {
    if (this.pieces.length > 0) this.connection.reset();
    else this.connection.close();
  }

  private tell(): void {
    this.changed.wake();
    this.settle();
  }
}

/** Over UDP each new peer counts as a connection. */
export class ListeningSocket extends Description {
  private readonly place: Socket;
  private readonly waiting: SocketStream[] = [];
  private readonly unbind: () => void;

  /** Throws as `NetworkNamespace.bindTcp` does. */
  constructor(
    namespace: NetworkNamespace,
    at: { port: number; protocol: TransportProtocol; address?: string | readonly string[] | undefined },
    settle: () => void,
  ) {
    super();
    this.place = { namespace, protocol: at.protocol, port: at.port };
    const take = (connection: Connection): ConnectionEvents => {
      const stream = new SocketStream(connection, at.protocol, settle);
      this.waiting.push(stream);
      this.changed.wake();
      settle();
      return stream;
    };
    this.unbind =
      at.protocol === "TCP"
        ? namespace.bindTcp(at.port, take, at.address)
        : namespace.bindUdp(at.port, datagramPeers(take), at.address);
  }

  override get socket(): Socket {
    return this.place;
  }

  accept(): SocketStream | typeof BLOCKED {
    return this.waiting.shift() ?? BLOCKED;
  }

  override get readable(): boolean {
    return this.waiting.length > 0;
  }

  protected override released(): void {
    this.unbind();
    for (const { connection } of this.waiting) connection.reset();
  }
}
