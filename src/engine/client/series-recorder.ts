/**
 * Writes events as components do that use events.k8s.io/v1: with an action, by their instant, and those that come again as
 * a series of the first. Upstream: client-go tools/events/event_recorder.go, event_broadcaster.go.
 * Simplified: an event is written within the act that it tells of, not by a queue of its own; tries are 10 s apart, where
 * upstream's are up to 12.5 s.
 */
import type { Draft } from "../api/meta/object.ts";
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

/**
 * An event and how often the same has been told since. A series is written at its second, and then no more until it is
 * refreshed or over. Each pod that is placed leaves one for minutes: it holds what others hold too, and little else.
 */
interface Told {
  readonly name: string;
  readonly regarding: ObjectReference;
  readonly happening: Happening;
  readonly since: number;
  count: number;
  last: number;
  /** What else is told of the same object. */
  next: Told | undefined;
}

export class SeriesRecorder {
  private readonly sim: Simulation;
  private readonly events: ResourceClient<EventsEvent>;
  private readonly controller: string;
  private readonly instance: string;
  private readonly began: number;
  /** By the uid of what they are about. */
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
  event(regarding: ObjectReference, happening: Happening): void {
    const { now } = this.sim;
    const { uid = "" } = regarding;
    const others = this.told.get(uid);
    for (let known = others; known !== undefined; known = known.next) {
      if (!isSame(known, regarding, happening)) continue;
      known.count++;
      known.last = now;
      if (known.count > 2) return;
      this.refreshing ??= this.every(REFRESH_MS, () => this.refresh());
      this.write(known);
      return;
    }
    this.nanos = (this.nanos + 1) % NANOSECONDS;
    const name = `${regarding.name}.${eventSuffix(now, this.nanos)}`;
    const first: Told = { name, regarding, happening, since: now, count: 1, last: now, next: others };
    this.told.set(uid, first);
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
      if (told.count === 1) this.events.create(this.eventOf(told));
      else this.writeSeries(told);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      const mayPass = error.code >= 500 || (told.count > 1 && isAlreadyExists(error));
      if (!mayPass || tries === MAX_TRIES) return;
      this.sim.after(RETRY_MS, () => !this.stopped && this.write(told, tries + 1), { background: true });
    }
  }

  private eventOf({ name, regarding, happening, since }: Told): Draft<EventsEvent> {
    const { type, reason, action, note, related } = happening;
    return {
      metadata: { name, namespace: regarding.namespace ?? "default" },
      eventTime: formatMicroTime(since),
      reportingController: this.controller,
      reportingInstance: this.instance,
      type,
      regarding,
      reason,
      action,
      ...(note !== "" && { note }),
      ...(related && { related }),
    };
  }

  /** An event whose time was over is written anew. */
  private writeSeries(told: Told): void {
    const series: EventsEventSeries = { count: told.count, lastObservedTime: formatMicroTime(told.last) };
    try {
      this.events.patch(told.regarding.namespace ?? "default", told.name, { series });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.events.create({ ...this.eventOf(told), series });
    }
  }

  /** At multiples of `period` since the component began. */
  private every(period: number, act: () => void): Timer {
    const wait = period - ((this.sim.now - this.began) % period);
    return this.sim.after(wait, act, { background: true });
  }

  private finish(): void {
    const over = (told: Told): boolean => this.sim.now - told.last > FINISH_MS;
    for (const [uid, newest] of this.told) {
      const all = chain(newest);
      for (const told of all) if (over(told) && told.count > 1) this.write(told);
      const kept = all.filter((told) => !over(told));
      for (const [index, told] of kept.entries()) told.next = kept[index + 1];
      if (kept[0] === undefined) this.told.delete(uid);
      else this.told.set(uid, kept[0]);
    }
    this.finishing = this.told.size === 0 ? undefined : this.every(FINISH_MS, () => this.finish());
  }

  private refresh(): void {
    const series = [...this.told.values()].flatMap(chain).filter(({ count }) => count > 1);
    for (const told of series) this.write(told);
    this.refreshing = series.length === 0 ? undefined : this.every(REFRESH_MS, () => this.refresh());
  }
}

function chain(newest: Told): Told[] {
  const all: Told[] = [];
  for (let told: Told | undefined = newest; told !== undefined; told = told.next) all.push(told);
  return all;
}

/** A reason has one type and one action. */
function isSame(told: Told, regarding: ObjectReference, { reason, related }: Happening): boolean {
  const before = told.happening.related;
  return (
    told.happening.reason === reason &&
    told.regarding.resourceVersion === regarding.resourceVersion &&
    told.regarding.name === regarding.name &&
    before?.uid === related?.uid &&
    before?.resourceVersion === related?.resourceVersion
  );
}
