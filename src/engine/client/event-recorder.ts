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
import { formatTime } from "../base/time.ts";
import type { Simulation } from "../sim/simulation.ts";
import type { Client } from "./client.ts";
import type { EventRecorder } from "./contracts.ts";
import { EventCorrelator } from "./event-correlator.ts";
import type { Correlated, EventFacts } from "./event-correlator.ts";

const MAX_TRIES = 12;
const RETRY_MS = 10_000;
const NANOSECONDS = 1_000_000;

export class Recorder implements EventRecorder {
  private readonly sim: Simulation;
  private readonly client: Client;
  private readonly source: { component: string; host?: string };
  private readonly correlator = new EventCorrelator();
  /** The nanoseconds within a millisecond: they keep names apart, and the components' names from each other. */
  private nanos: number;

  constructor(sim: Simulation, client: Client, source: { component: string; host?: string }) {
    this.sim = sim;
    this.client = client;
    this.source = source;
    this.nanos = fnv1a32(`${source.component}/${source.host ?? ""}`) % NANOSECONDS;
  }

  event(
    about: KubeObject,
    type: "Normal" | "Warning",
    text: { reason: string; message: string; fieldPath?: string },
  ): void {
    const { namespace, name, uid, resourceVersion } = about.metadata;
    const reference: ObjectReference = {
      kind: about.kind,
      ...(namespace !== undefined && { namespace }),
      name,
      uid,
      apiVersion: about.apiVersion,
      resourceVersion,
      ...(text.fieldPath !== undefined && { fieldPath: text.fieldPath }),
    };
    const facts = { about: reference, type, reason: text.reason, message: text.message };
    const correlated = this.correlator.correlate(facts, this.sim.now);
    if (correlated !== undefined) this.write(facts, correlated, { at: this.sim.now, tries: 1 });
  }

  private write(facts: EventFacts, correlated: Correlated, attempt: { at: number; tries: number }): void {
    try {
      if (correlated.written === undefined) this.create(facts, correlated, attempt.at);
      else this.countUp(facts, correlated, attempt.at);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (error.code < 500 || attempt.tries >= MAX_TRIES) return;
      const again = (): void => this.write(facts, correlated, { at: attempt.at, tries: attempt.tries + 1 });
      this.sim.after(RETRY_MS, again, { background: true });
    }
  }

  private countUp(facts: EventFacts, correlated: Correlated, at: number): void {
    const { name, count } = correlated.written as NonNullable<Correlated["written"]>;
    const patch = { count, lastTimestamp: formatTime(at), message: correlated.message };
    try {
      this.client.resource(events).patch(facts.about.namespace ?? "default", name, patch);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.create(facts, correlated, at);
    }
  }

  private create(facts: EventFacts, correlated: Correlated, at: number): void {
    const { about, type, reason } = facts;
    const { component, host } = this.source;
    const time = formatTime(at);
    const name = `${about.name}.${this.nextSuffix(at)}`;
    this.client.resource<Event>(events).create({
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
    this.correlator.remember(correlated.key, name);
  }

  /** Upstream: the instant in nanoseconds, in hexadecimal. */
  private nextSuffix(at: number): string {
    this.nanos = (this.nanos + 1) % NANOSECONDS;
    return (BigInt(at) * 1_000_000n + BigInt(this.nanos)).toString(16);
  }
}
