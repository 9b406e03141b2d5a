/**
 * Who listens at interfaces, and how packets come to them: told from what the network decides, at the time at which each
 * passes. While nobody listens nothing is made.
 */
import type { Packet } from "../../base/packets.ts";
import type { Timer } from "../../sim/event-queue.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { Station } from "../station.ts";
import type { Trace } from "../trace.ts";
import type { Side } from "./conversation.ts";
import type { Sight } from "./way.ts";

type Hear = (packet: Packet) => void;

/** Between two interfaces of one machine, in milliseconds. */
const STEP = 0.008;
/** ping asks every second unless it is told otherwise. */
const ONE_PING_MS = 5000;
const FIRST_PORT = 33_024;
const PORTS = 27_000;

export class Taps {
  private readonly sim: Simulation;
  private readonly stations = new Map<Station, Set<Hear>>();
  /** Packets that are still to pass, by the exchange that sends them. */
  private readonly due = new WeakMap<Trace, Set<Timer>>();
  private current: Trace | undefined;
  private given = 0;
  /** Two packets are never seen at one instant. */
  private shownAt = 0;
  private shown = 0;
  private readonly echoes = new Map<string, { id: number; sequence: number; at: number }>();

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  /** True iff anybody listens anywhere. */
  get active(): boolean {
    return this.stations.size > 0;
  }

  get now(): number {
    return this.sim.now;
  }

  /** Answers how to stop. */
  listen(station: Station, hear: Hear): () => void {
    const heard = this.stations.get(station) ?? new Set();
    this.stations.set(station, heard.add(hear));
    return () => {
      heard.delete(hear);
      if (heard.size === 0) this.stations.delete(station);
    };
  }

  hears(sights: readonly Sight[]): boolean {
    return sights.some(({ station }) => this.stations.has(station));
  }

  /** The port of an exchange's client, where it has none of its own. */
  portOf(trace: Trace): number {
    trace.clientPort ??= this.port();
    return trace.clientPort;
  }

  private port(): number {
    this.given++;
    return FIRST_PORT + ((this.given * 7919) % PORTS);
  }

  /** What numbers an echo: those of one place to one address count as one ping's while they come one after the other. */
  echoNumber(from: Station, address: number): { id: number; sequence: number } {
    const key = `${from.name} ${address}`;
    const last = this.echoes.get(key);
    const goesOn = last !== undefined && this.sim.now - last.at <= ONE_PING_MS;
    const number = goesOn ? { id: last.id, sequence: last.sequence + 1 } : { id: this.port() % 65_536, sequence: 1 };
    this.echoes.set(key, { ...number, at: this.sim.now });
    return number;
  }

  /** What is shown in `tell` belongs to the trace: it passes no more once that is given up. */
  during(trace: Trace, tell: () => void): void {
    this.current = trace;
    tell();
    this.current = undefined;
  }

  giveUp(trace: Trace): void {
    for (const timer of this.due.get(trace) ?? []) this.sim.cancel(timer);
  }

  /** One packet along its way, from the client or back. */
  pass(
    sights: readonly Sight[],
    how: { side: Side; at: number; oneWay: number },
    body: (sight: Sight) => Packet["body"],
  ): void {
    const { side, at, oneWay } = how;
    const forth = side === "client";
    const last = Math.max(1, sights.length - 1);
    for (const [index, sight] of (forth ? sights : sights.toReversed()).entries()) {
      const { ends, station, device, direction } = sight;
      const turned = direction === "In" ? "Out" : "In";
      this.show(station, {
        at: at + Math.min(oneWay, (oneWay * index) / last + STEP * index),
        device,
        direction: forth || device === "lo" ? direction : turned,
        source: forth ? ends.client : ends.server,
        destination: forth ? ends.server : ends.client,
        body: body(sight),
      });
    }
  }

  /** A packet of a node's own. */
  show(station: Station, packet: Packet): void {
    const heard = this.stations.get(station);
    if (heard === undefined) return;
    const timers = this.timers();
    const timer = this.sim.after(
      Math.max(0, packet.at - this.sim.now),
      () => {
        timers?.delete(timer);
        this.shownAt = Math.max(packet.at, this.shownAt + STEP + ((this.shown++ * 7) % 11) / 1000);
        for (const hear of heard) hear({ ...packet, at: this.shownAt });
      },
      { background: true },
    );
    timers?.add(timer);
  }

  private timers(): Set<Timer> | undefined {
    const { current, due } = this;
    if (current === undefined) return undefined;
    const timers = due.get(current) ?? new Set();
    due.set(current, timers);
    return timers;
  }
}
