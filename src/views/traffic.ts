/** Requests on their way, from the journal's hop lines, thinned so that a flood stays watchable; and what goes over each edge. */
import type { EdgeRate, TrafficPulse } from "../worker/protocol.ts";

/** The part of a journal line that this projection reads. */
export interface HopLine {
  id: number;
  time: number;
  kind: string;
  subject: string;
  /** JSON: `{ status?, errno?, hops: { at }[] }`: an answer has a status, a failure an errno, an open connection neither. */
  detail: string;
}

/** Most pulses handed out at once; beyond that the oldest are dropped. */
const MOST_PULSES = 60;

/** A second's traffic is shown until the next second's is told, and no longer. Virtual milliseconds. */
const RATE_LASTS = 1500;

export class Traffic {
  private pulses: TrafficPulse[] = [];
  private readonly rates = new Map<string, EdgeRate & { time: number }>();
  private readonly stationId: (station: string) => string | undefined;

  /** `stationId` turns `pod/<ns>/<name>` and `service/<ns>/<name>` into the graph's ids; undefined drops the station. */
  constructor(stationId: (station: string) => string | undefined) {
    this.stationId = stationId;
  }

  see(line: HopLine): void {
    if (line.kind === "traffic") this.rate(line);
    if (line.kind !== "hop") return;
    const { status, errno, hops } = JSON.parse(line.detail) as {
      status?: number;
      errno?: string;
      hops: { at: string }[];
    };
    const ids: string[] = [];
    for (const { at } of hops) {
      const id = this.stationId(at);
      if (id !== undefined && id !== ids.at(-1)) ids.push(id);
    }
    const ok = errno === undefined && (status ?? 200) < 500;
    const label = `${line.subject} → ${status ?? errno ?? "connected"}`;
    if (ids.length < 2) return;
    this.pulses.push({ id: line.id, time: line.time, stations: ids, ok, label });
    if (this.pulses.length > MOST_PULSES) this.pulses.shift();
  }

  private rate({ time, detail }: HopLine): void {
    const told = JSON.parse(detail) as { from: string; to: string; requests: number; errors: number; ms: number };
    const [from, to] = [this.stationId(told.from), this.stationId(told.to)];
    if (from === undefined || to === undefined) return;
    const { requests: perSecond, errors, ms } = told;
    this.rates.set(`${from}>${to}`, { from, to, perSecond, errors, ms, time });
  }

  /** What went over each edge in the last second. */
  ratesAt(now: number): EdgeRate[] {
    const rates: EdgeRate[] = [];
    for (const [edge, { time, ...rate }] of this.rates) {
      if (now - time > RATE_LASTS) this.rates.delete(edge);
      else rates.push(rate);
    }
    return rates;
  }

  /** Pulses since the last call; undefined when there are none. */
  take(): TrafficPulse[] | undefined {
    if (this.pulses.length === 0) return undefined;
    const { pulses } = this;
    this.pulses = [];
    return pulses;
  }
}
