/** Requests on their way, from the journal's hop lines, thinned so that a flood stays watchable. */
import type { TrafficPulse } from "../worker/protocol.ts";

/** The part of a journal line that this projection reads. */
export interface HopLine {
  id: number;
  time: number;
  kind: string;
  subject: string;
  /** JSON: `{ "stations": string[], "ok": boolean, "label": string }`. */
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
    const { stations, ok, label } = JSON.parse(line.detail) as { stations: string[]; ok: boolean; label: string };
    const ids = stations.flatMap((station) => this.stationId(station) ?? []);
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
