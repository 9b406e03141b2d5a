/** Requests on their way, from the journal's hop lines, thinned so that a flood stays watchable. */
import type { TrafficPulse } from "../worker/protocol.ts";

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

export class Traffic {
  private pulses: TrafficPulse[] = [];
  private readonly stationId: (station: string) => string | undefined;

  /** `stationId` turns `pod/<ns>/<name>` and `service/<ns>/<name>` into the graph's ids; undefined drops the station. */
  constructor(stationId: (station: string) => string | undefined) {
    this.stationId = stationId;
  }

  see(line: HopLine): void {
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

  /** Pulses since the last call; undefined when there are none. */
  take(): TrafficPulse[] | undefined {
    if (this.pulses.length === 0) return undefined;
    const { pulses } = this;
    this.pulses = [];
    return pulses;
  }
}
