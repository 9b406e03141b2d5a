/**
 * Writes events as components do that use events.k8s.io/v1: with an action, by their instant, and those that come again as
 * a series of the first. Upstream: client-go tools/events/event_recorder.go, event_broadcaster.go.
 * Simplified: an event is written within the act that it tells of, not by a queue of its own; tries are 10 s apart, where
 * upstream's are up to 12.5 s.
 */
import { eventsV1 } from "../api/events/event.ts";
import type { EventsEvent, EventsEventSeries, ObjectReference } from "../api/generated/types.ts";
import { isAlreadyExists, isNotFound, StatusError } from "../api/meta/status-error.ts";
import { fnv1a32 } from "../base/hash.ts";
import { formatMicroTime, MINUTE } from "../base/time.ts";
import type { Timer } from "../sim/event-queue.ts";
import type { Simulation } from "../sim/simulation.ts";
import type { Client, ResourceClient } from "./client.ts";
import { eventSuffix, MAX_TRIES, NANOSECONDS, RETRY_MS } from "./event-recorder.ts";

/** So often it is looked for series that are over: nothing has joined them for as long. */
const FINISH_MS = 6 * MINUTE;
/** So often the counts of series are written that have grown, and by that the events kept alive. */
const REFRESH_MS = 30 * MINUTE;

export interface Happening {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  readonly related?: ObjectReference;
}

/** An event and how often the same has been told since. A series is written at its second, and then no more until it is refreshed or over. */
interface Told {
  readonly event: Omit<EventsEvent, "apiVersion" | "kind" | "metadata"> & {
    metadata: { name: string; namespace: string };
  };
  count: number;
  last: number;
}

export class SeriesRecorder {
  private readonly sim: Simulation;
  private readonly events: ResourceClient<EventsEvent>;
  private readonly controller: string;
  private readonly instance: string;
  private readonly began: number;
  private readonly told = new Map<string, Told>();
  /** The nanoseconds within a millisecond: they keep names apart. */
  private nanos: number;
  /** Set iff something is told of. */
  private finishing: Timer | undefined;
  /** Set iff there is a series. */
  private refreshing: Timer | undefined;
  private stopped = false;

  /** `host`: where the component runs. */
  constructor(sim: Simulation, client: Client, { controller, host }: { controller: string; host: string }) {
    this.sim = sim;
    this.events = client.resource<EventsEvent>(eventsV1);
    this.controller = controller;
    this.instance = `${controller}-${host}`;
    this.began = sim.now;
    this.nanos = fnv1a32(`${controller}/${host}`) % NANOSECONDS;
  }

  /** What differs in its note alone is the same: the first one's stays. */
  event(regarding: ObjectReference, { type, reason, action, note, related }: Happening): void {
    const { now } = this.sim;
    const key = keyOf(reason, regarding, related);
    const known = this.told.get(key);
    if (known !== undefined) {
      known.count++;
      known.last = now;
      if (known.count > 2) return;
      this.refreshing ??= this.every(REFRESH_MS, () => this.refresh());
      this.write(known);
      return;
    }
    this.nanos = (this.nanos + 1) % NANOSECONDS;
    const event = {
      metadata: {
        name: `${regarding.name}.${eventSuffix(now, this.nanos)}`,
        namespace: regarding.namespace ?? "default",
      },
      eventTime: formatMicroTime(now),
      reportingController: this.controller,
      reportingInstance: this.instance,
      type,
      regarding,
      reason,
      action,
      ...(note !== "" && { note }),
      ...(related && { related }),
    };
    const first: Told = { event, count: 1, last: now };
    this.told.set(key, first);
    this.finishing ??= this.every(FINISH_MS, () => this.finish());
    this.write(first);
  }

  /** The component ends: what it hasn't written it never will. */
  stop(): void {
    this.stopped = true;
    this.told.clear();
    this.sim.cancel(this.finishing);
    this.sim.cancel(this.refreshing);
  }

  private write(told: Told, tries = 1): void {
    try {
      if (told.count === 1) this.events.create(told.event);
      else this.writeSeries(told);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      const mayPass = error.code >= 500 || (told.count > 1 && isAlreadyExists(error));
      if (!mayPass || tries === MAX_TRIES) return;
      this.sim.after(RETRY_MS, () => !this.stopped && this.write(told, tries + 1), { background: true });
    }
  }

  /** An event whose time was over is written anew. */
  private writeSeries({ event, count, last }: Told): void {
    const series: EventsEventSeries = { count, lastObservedTime: formatMicroTime(last) };
    try {
      this.events.patch(event.metadata.namespace, event.metadata.name, { series });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.events.create({ ...event, series });
    }
  }

  /** At multiples of `period` since the component began. */
  private every(period: number, act: () => void): Timer {
    const wait = period - ((this.sim.now - this.began) % period);
    return this.sim.after(wait, act, { background: true });
  }

  private finish(): void {
    const { now } = this.sim;
    for (const [key, told] of this.told) {
      if (now - told.last <= FINISH_MS) continue;
      if (told.count > 1) this.write(told);
      this.told.delete(key);
    }
    this.finishing = this.told.size === 0 ? undefined : this.every(FINISH_MS, () => this.finish());
  }

  private refresh(): void {
    const series = [...this.told.values()].filter(({ count }) => count > 1);
    for (const told of series) this.write(told);
    this.refreshing = series.length === 0 ? undefined : this.every(REFRESH_MS, () => this.refresh());
  }
}

/** A reason has one type and one action. */
function keyOf(reason: string, regarding: ObjectReference, related: ObjectReference | undefined): string {
  const { uid, resourceVersion, name } = regarding;
  const about = `${reason} ${uid} ${resourceVersion} ${name}`;
  return related === undefined ? about : `${about} ${related.uid} ${related.resourceVersion}`;
}
