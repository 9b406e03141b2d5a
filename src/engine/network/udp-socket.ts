/**
 * A client's UDP socket that speaks to one peer. Each datagram finds its own way, except that a service's choice stays as
 * long as conntrack remembers it (nf_conntrack_udp_timeout) and the endpoint is there.
 */
import type { Errno } from "../base/program.ts";
import type { Connection, ConnectionEvents, Datagram } from "../runtime/connection.ts";
import { tellDatagram } from "./capture/tell-connection.ts";
import type { Fabric } from "./fabric.ts";
import type { StationPort } from "./port.ts";
import { route } from "./route.ts";
import type { Station } from "./station.ts";
import { clientOf, createTrace, Failure, hears } from "./trace.ts";
import type { Trace } from "./trace.ts";

const CONNTRACK_MS = 30_000;

export class UdpSocket implements Connection {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly room = Infinity;
  readonly protocol = "UDP";
  events: ConnectionEvents = {};
  private readonly fabric: Fabric;
  private readonly port: StationPort;
  private readonly address: number;
  /** The way of its last message, as long as nodes remember it. */
  flow: { trace: Trace; to: Station; until: number } | undefined;
  /** True iff something came back. */
  heard = false;
  private over = false;

  constructor(fabric: Fabric, port: StationPort, to: { address: number; text: string; port: number }) {
    this.fabric = fabric;
    this.port = port;
    this.address = to.address;
    this.remoteAddress = to.text;
    this.remotePort = to.port;
    this.localAddress = port.station.textFor(to.address);
    this.localPort = port.namespace.ephemeralPort();
    port.namespace.connections.add(this);
  }

  write(data: string): void {
    if (this.over) return;
    const { sim } = this.fabric;
    const way = this.way();
    const { taps } = this.fabric;
    const told = { side: "client", clientPort: this.localPort, data } as const;
    if (way instanceof Failure) {
      if (taps.active) tellDatagram(this.fabric, way.trace, { ...told, failure: way });
      if (way.errno === "ECONNREFUSED" || way.errno === "EHOSTUNREACH") this.fail(way.errno, way.latencyMs);
      return;
    }
    way.until = sim.now + CONNTRACK_MS;
    const { trace, to } = way;
    if (taps.active) tellDatagram(this.fabric, trace, { ...told, ...(!this.isHeard(way) && { closed: true }) });
    const { links } = this.fabric;
    const link = links.between(trace.from.node?.name ?? "", to.node?.name ?? "");
    const back = Math.floor(trace.roundTripMs / 2) + link.latencyMs;
    sim.after(Math.ceil(trace.roundTripMs / 2) + link.latencyMs, () => {
      if (!to.powered || link.cut || links.loses(link)) return;
      const listener = to.namespace.udp.get(trace.port);
      if (listener === undefined || !hears(trace, to)) return this.fail("ECONNREFUSED", back);
      const reply = (text: string): void => {
        this.heard = true;
        if (taps.active) tellDatagram(this.fabric, trace, { ...told, side: "server", data: text });
        if (!links.loses(link)) this.hear(to, text, back);
      };
      const datagram: Datagram = {
        data,
        remoteAddress: clientOf(trace, to),
        remotePort: this.localPort,
        port: trace.port,
        reply,
      };
      const answer = listener(datagram);
      if (answer !== undefined) reply(answer);
    });
  }

  end(): void {}

  close(): void {
    this.over = true;
    this.port.namespace.connections.delete(this);
  }

  reset(): void {
    this.close();
  }

  consumed(): void {}

  private way(): NonNullable<UdpSocket["flow"]> | Failure {
    const { fabric, flow } = this;
    if (flow !== undefined && flow.until > fabric.sim.now && fabric.stations.get(flow.to.address) === flow.to) {
      return flow;
    }
    const trace = createTrace(this.port.station, {
      url: `udp://${this.remoteAddress}:${this.remotePort}`,
      protocol: "UDP",
      port: this.remotePort,
    });
    const to = route(fabric, trace, { lookup: undefined, host: this.remoteAddress, address: this.address });
    if (!(to instanceof Failure)) trace.to = to;
    this.port.note(trace, to instanceof Failure ? to : undefined);
    if (to instanceof Failure) return to;
    this.flow = { trace, to, until: 0 };
    return this.flow;
  }

  private isHeard({ trace, to }: NonNullable<UdpSocket["flow"]>): boolean {
    return to.namespace.udp.has(trace.port) && hears(trace, to);
  }

  private hear(from: Station, text: string, afterMs: number): void {
    this.fabric.sim.after(afterMs, () => {
      if (!this.over && from.powered && this.port.station.powered) this.events.data?.(text);
    });
  }

  private fail(errno: Errno, afterMs: number): void {
    this.flow = undefined;
    this.fabric.sim.after(afterMs, () => void (this.over || this.events.closed?.(errno)));
  }
}
