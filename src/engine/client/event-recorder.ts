/**
 * Writes Events as one component on one host. Upstream: client-go tools/record/event.go.
 * Simplified: an event is written within the act that it tells of, not by a queue of its own; while the server is
 * away it is tried again up to 12 times, each 10 s apart, as upstream does.
 */
import type { Event, ObjectReference } from "../api/generated/types.ts";
import { events } from "../api/core/event.ts";
import type { KubeObject } from "../api/meta/object.ts";
import { isNotFound, StatusError } from "../api/meta/status-error.ts";
import { fnv1a32 } from "../base/hash.ts";
import { textOf, writeHex } from "../base/hex.ts";
import { formatTime } from "../base/time.ts";
import type { Simulation } from "../sim/simulation.ts";
import type { Client, ResourceClient } from "./client.ts";
import type { EventRecorder } from "./contracts.ts";
import { EventCorrelator } from "./event-correlator.ts";
import type { Correlated, EventFacts } from "./event-correlator.ts";

export const MAX_TRIES = 12;
export const RETRY_MS = 10_000;
export const NANOSECONDS = 1_000_000;

export class Recorder implements EventRecorder {
  private readonly sim: Simulation;
  private readonly events: ResourceClient<Event>;
  private readonly source: { component: string; host?: string };
  private readonly correlator = new EventCorrelator();
  /** The nanoseconds within a millisecond: they keep names apart, and the components' names from each other. */
  private nanos: number;

  constructor(sim: Simulation, client: Client, source: { component: string; host?: string }) {
    this.sim = sim;
    this.events = client.resource<Event>(events);
    this.source = source;
    this.nanos = fnv1a32(`${source.component}/${source.host ?? ""}`) % NANOSECONDS;
  }

  event(
    about: KubeObject,
    type: "Normal" | "Warning",
    text: { reason: string; message: string; fieldPath?: string },
  ): void {
    const reference = referenceTo(about);
    if (text.fieldPath !== undefined) reference.fieldPath = text.fieldPath;
    const facts = { about: reference, type, reason: text.reason, message: text.message };
    const correlated = this.correlator.correlate(facts, this.sim.now);
    if (correlated !== undefined) this.write(facts, correlated, { at: this.sim.now, tries: 1 });
  }

  private write(facts: EventFacts, correlated: Correlated, attempt: { at: number; tries: number }): void {
    try {
      if (correlated.isNew) this.create(facts, correlated, attempt.at);
      else this.countUp(facts, correlated, attempt.at);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (error.code < 500 || attempt.tries >= MAX_TRIES) return;
      const again = (): void => this.write(facts, correlated, { at: attempt.at, tries: attempt.tries + 1 });
      this.sim.after(RETRY_MS, again, { background: true });
    }
  }

  private countUp(facts: EventFacts, correlated: Correlated, at: number): void {
    const { name, count } = correlated.written;
    const patch = { count, lastTimestamp: formatTime(at), message: correlated.message };
    try {
      this.events.patch(facts.about.namespace ?? "default", name, patch);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.create(facts, correlated, at);
    }
  }

  private create(facts: EventFacts, correlated: Correlated, at: number): void {
    const { about, type, reason } = facts;
    const { component, host } = this.source;
    const time = formatTime(at);
    this.nanos = (this.nanos + 1) % NANOSECONDS;
    const name = `${about.name}.${eventSuffix(at, this.nanos)}`;
    this.events.create({
      metadata: { name, namespace: about.namespace ?? "default" },
      involvedObject: about,
      reason,
      message: correlated.message,
      source: host === undefined ? { component } : { component, host },
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
      type,
      reportingComponent: component,
      reportingInstance: host ?? "",
    });
    correlated.written.name = name;
    correlated.written.count = 1;
  }
}

/** Upstream: client-go tools/reference (GetReference). */
export function referenceTo(about: KubeObject): ObjectReference {
  const { namespace, name, uid, resourceVersion } = about.metadata;
  // Field by field: this runs five times for each pod that starts.
  return namespace === undefined
    ? { kind: about.kind, name, uid, apiVersion: about.apiVersion, resourceVersion }
    : { kind: about.kind, namespace, name, uid, apiVersion: about.apiVersion, resourceVersion };
}

/** Written over for each name. */
const codes = Array.from({ length: 16 }, () => 0);

/**
 * How an event's name ends: the instant in nanoseconds, in hexadecimal. `milliseconds × 10⁶ + nanos` is reckoned without
 * big integers, exactly, in two parts of less than 2⁵³ each.
 */
export function eventSuffix(milliseconds: number, nanos: number): string {
  const low = (milliseconds % 0x100000) * NANOSECONDS + nanos;
  const high = Math.floor(milliseconds / 0x100000) * NANOSECONDS + Math.floor(low / 0x100000);
  const first = Math.floor(high / 0x10000000);
  writeHex(codes, 0, first, 4);
  writeHex(codes, 4, high % 0x10000000, 7);
  writeHex(codes, 11, low % 0x100000, 5);
  const text = textOf(codes);
  return first >= 0x1000 ? text : text.replace(/^0+/, "");
}
