/**
 * An established TCP connection: two ends, and segments under way between them. Services play no part any more: as with
 * Linux' conntrack, an open connection keeps its endpoint whatever becomes of the rules.
 *
 * Simplified: reading makes room for the writer at once, without a window update that travels.
 */
import { assert } from "../base/assert.ts";
import type { Errno } from "../base/program.ts";
import type { Connection, ConnectionEvents, TcpListener } from "../runtime/connection.ts";
import { formatAddress, loopbackFor } from "./address.ts";
import { tellSegment } from "./capture/tell-connection.ts";
import type { Fabric } from "./fabric.ts";
import { SOUND } from "./links.ts";
import type { LinkFault } from "./links.ts";
import type { Station } from "./station.ts";
import { clientOf } from "./trace.ts";
import type { Trace } from "./trace.ts";

/** Characters that may be under way or unread. */
const WINDOW = 65_536;
/** First and longest wait before a lost segment is sent again, and when Linux gives up (net.ipv4.tcp_retries2 = 15). */
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 120_000;
const GIVE_UP_MS = 924_600;

/** Where a connection runs. */
export interface Ends {
  /** The way of its first packet. */
  trace: Trace;
  clientPort: number;
  client: Station;
  server: Station;
  /** The port that the server listens on. */
  port: number;
  /** What the client connected to, as it knows it. */
  peer: { address: string; port: number };
  /** The client's address as the server sees it. */
  seenAs: string;
  /** Each end's own address. */
  serverText: string;
  clientText: string;
  /** Milliseconds from the client to the server and back. */
  roundTripMs: number;
}

/** What a connection's two ends are, from the way that its first packet took. */
export function endsOf(trace: Trace, server: Station): Ends {
  const own = server === trace.from;
  return {
    trace,
    clientPort: trace.from.namespace.ephemeralPort(),
    client: trace.from,
    server,
    port: trace.port,
    peer: { address: formatAddress(trace.address), port: trace.asked },
    seenAs: clientOf(trace, server),
    serverText: own ? loopbackFor(trace.address) : server.textFor(trace.endpoint?.address ?? trace.address),
    clientText: own ? loopbackFor(trace.address) : trace.from.textFor(trace.address),
    roundTripMs: own ? 0 : trace.roundTripMs,
  };
}

/** Makes the connection now: the server's `listener` is told, then the client. */
export function establish(
  fabric: Fabric,
  ends: Ends,
  tell: { listener: TcpListener; opened: (connection: Connection) => ConnectionEvents },
): void {
  const { client, clientPort, server, peer, port, seenAs, serverText, clientText, roundTripMs } = ends;
  const there = new End(fabric, server, {
    ends,
    local: { address: serverText, port },
    remote: { address: seenAs, port: clientPort },
    delayMs: Math.floor(roundTripMs / 2),
  });
  const here = new End(fabric, client, {
    ends,
    local: { address: clientText, port: clientPort },
    remote: peer,
    delayMs: Math.ceil(roundTripMs / 2),
  });
  here.join(there);
  there.events = tell.listener(there);
  here.events = tell.opened(here);
}

export type Segment = { kind: "data"; text: string } | { kind: "end" } | { kind: "reset" };

export class End implements Connection {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  events: ConnectionEvents = {};
  private readonly fabric: Fabric;
  private readonly station: Station;
  readonly ends: Ends;
  private readonly delayMs: number;
  private peer: End | undefined;
  /** Characters that were sent and not used up by the peer. */
  private underWay = 0;
  /** True iff the peer's end was heard. */
  private heardEnd = false;
  private sentEnd = false;
  /** True iff nobody reads here any more. */
  private deaf = false;
  private over = false;
  /** Segments that wait to be sent again, in order; the first one was lost at `lostAt`. */
  private lost: Segment[] = [];
  private lostAt = 0;
  private lastArrival = 0;
  private readonly openedAt: number;

  constructor(
    fabric: Fabric,
    station: Station,
    how: {
      ends: Ends;
      local: { address: string; port: number };
      remote: { address: string; port: number };
      delayMs: number;
    },
  ) {
    this.fabric = fabric;
    this.station = station;
    this.ends = how.ends;
    this.openedAt = fabric.sim.now;
    this.localAddress = how.local.address;
    this.localPort = how.local.port;
    this.remoteAddress = how.remote.address;
    this.remotePort = how.remote.port;
    this.delayMs = how.delayMs;
  }

  join(peer: End): void {
    this.peer = peer;
    peer.peer = this;
    this.station.namespace.connections.add(this);
    peer.station.namespace.connections.add(peer);
  }

  get isClient(): boolean {
    const { client, clientPort } = this.ends;
    return this.station === client && this.localPort === clientPort;
  }

  /** When something last went over it, from either end. */
  get usedAt(): number {
    return Math.max(this.lastArrival, this.peer?.lastArrival ?? 0, this.openedAt);
  }

  get room(): number {
    return WINDOW - this.underWay;
  }

  write(text: string): void {
    if (this.over || this.sentEnd || text === "") return;
    this.underWay += text.length;
    this.send({ kind: "data", text });
  }

  end(): void {
    if (this.over || this.sentEnd) return;
    this.sentEnd = true;
    this.send({ kind: "end" });
    if (this.heardEnd) this.finish();
  }

  close(): void {
    this.deaf = true;
    this.end();
  }

  reset(): void {
    if (this.over) return;
    this.send({ kind: "reset" });
    this.finish();
  }

  consumed(characters: number): void {
    const { peer } = this;
    assert(peer !== undefined, "an end without a peer");
    const waited = peer.room <= 0;
    peer.underWay -= characters;
    if (waited && peer.room > 0 && !peer.over) peer.events.drained?.();
  }

  private send(segment: Segment): void {
    const { sim, taps } = this.fabric;
    if (taps.active) {
      tellSegment(this.fabric, this.ends, { side: this.isClient ? "client" : "server", segment });
    }
    // A way that has become faster overtakes nothing.
    this.lastArrival = Math.max(sim.now + this.delayMs + this.link.latencyMs, this.lastArrival);
    sim.after(this.lastArrival - sim.now, () => this.arrive(segment));
  }

  /** What is wrong with the way to the peer at present. */
  private get link(): LinkFault {
    const { links } = this.fabric;
    if (!links.active) return SOUND;
    return links.between(this.station.node?.name ?? "", this.peer?.station.node?.name ?? "");
  }

  /** The segment reaches the peer, unless the way is broken: then it and all behind it are sent again later. */
  private arrive(segment: Segment): void {
    if (!this.station.powered) return;
    if (this.lost.length > 0) {
      this.lost.push(segment);
      return;
    }
    if (this.passable) {
      this.peer?.receive(segment);
      return;
    }
    this.lost.push(segment);
    this.lostAt = this.fabric.sim.now;
    this.retry(FIRST_RETRY_MS);
  }

  private get passable(): boolean {
    if (this.peer?.station.powered !== true) return false;
    const { link } = this;
    return link === SOUND || !(link.cut || this.fabric.links.loses(link));
  }

  private retry(afterMs: number): void {
    const { sim } = this.fabric;
    const again = (): void => {
      if (!this.station.powered) return;
      if (this.passable) {
        const { lost } = this;
        this.lost = [];
        for (const segment of lost) this.peer?.receive(segment);
      } else if (sim.now - this.lostAt < GIVE_UP_MS) this.retry(Math.min(2 * afterMs, LONGEST_RETRY_MS));
      else this.finish("ETIMEDOUT");
    };
    sim.after(Math.min(afterMs, Math.max(0, this.lostAt + GIVE_UP_MS - sim.now)), again, { background: true });
  }

  private receive(segment: Segment): void {
    if (this.over || (this.deaf && segment.kind === "data")) {
      if (segment.kind === "data") this.send({ kind: "reset" });
      this.finish();
      return;
    }
    switch (segment.kind) {
      case "data":
        this.events.data?.(segment.text);
        if (this.events.keeps !== true) this.consumed(segment.text.length);
        return;
      case "end":
        this.heardEnd = true;
        if (this.events.end === undefined) this.end();
        else this.events.end();
        if (this.sentEnd) this.finish();
        return;
      case "reset":
        this.finish("ECONNRESET");
    }
  }

  private finish(errno?: Errno): void {
    if (this.over) return;
    this.over = true;
    this.station.namespace.connections.delete(this);
    if (this.isClient) this.remember(errno);
    this.events.closed?.(errno);
  }

  /** Nodes on the way know of it for a while. */
  private remember(errno: Errno | undefined): void {
    const { recent, sim } = this.fabric;
    const { trace, clientPort } = this.ends;
    trace.clientPort = clientPort;
    recent.note(trace, errno, sim.now - trace.latencyMs);
  }
}
