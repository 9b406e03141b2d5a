/** What a scheduler's process tells of pods, as the profile that is asked for them. Upstream: pkg/scheduler/schedule_one.go. */
import type { Pod } from "../api/generated/types.ts";
import type { Client } from "../client/client.ts";
import { referenceTo } from "../client/event-recorder.ts";
import { SeriesRecorder } from "../client/series-recorder.ts";
import type { Simulation } from "../sim/simulation.ts";
import { DEFAULT_SCHEDULER } from "./config/settings.ts";
import type { PodInfo } from "./pod-info.ts";

const SCHEDULED = "Scheduled";
const FAILED = "FailedScheduling";
const PREEMPTED = "Preempted";
/** Longer notes are cut off. */
const MAX_NOTE = 1024;
const ELLIPSIS = " ...";

export class PodEvents {
  private readonly recorders = new Map<string, SeriesRecorder>();
  private readonly sim: Simulation;
  private readonly client: Client;
  private readonly host: string;

  constructor(sim: Simulation, client: Client, host: string) {
    this.sim = sim;
    this.client = client;
    this.host = host;
  }

  scheduled({ pod }: PodInfo, note: string): void {
    this.recorderFor(pod).event(referenceTo(pod), { type: "Normal", reason: SCHEDULED, action: "Binding", note });
  }

  failed({ pod }: PodInfo, message: string): void {
    const note = message.length <= MAX_NOTE ? message : message.slice(0, MAX_NOTE - ELLIPSIS.length) + ELLIPSIS;
    this.recorderFor(pod).event(referenceTo(pod), { type: "Warning", reason: FAILED, action: "Scheduling", note });
  }

  preempted(victim: PodInfo, { preemptor, node }: { preemptor: PodInfo; node: string }): void {
    this.recorderFor(preemptor.pod).event(referenceTo(victim.pod), {
      type: "Normal",
      reason: PREEMPTED,
      action: "Preempting",
      note: `Preempted by pod ${preemptor.uid} on node ${node}`,
      related: referenceTo(preemptor.pod),
    });
  }

  stop(): void {
    for (const recorder of this.recorders.values()) recorder.stop();
  }

  private recorderFor({ spec }: Pod): SeriesRecorder {
    const controller = spec.schedulerName ?? DEFAULT_SCHEDULER;
    let recorder = this.recorders.get(controller);
    if (recorder === undefined) {
      recorder = new SeriesRecorder(this.sim, this.client, { controller, host: this.host });
      this.recorders.set(controller, recorder);
    }
    return recorder;
  }
}
