/**
 * Writes an event as components do that use events.k8s.io/v1: with an action, by its instant, without a count.
 * Upstream: client-go tools/events/event_recorder.go, event_broadcaster.go.
 *
 * **Simplified:** an event that comes again is another one, and no series of the first.
 */
import { eventsV1 } from "../api/events/event.ts";
import type { ObjectReference } from "../api/generated/types.ts";
import { StatusError } from "../api/meta/status-error.ts";
import { fnv1a32 } from "../base/hash.ts";
import { formatMicroTime } from "../base/time.ts";
import type { Simulation } from "../sim/simulation.ts";
import type { Client } from "./client.ts";
import { eventSuffix, MAX_TRIES, NANOSECONDS, RETRY_MS } from "./event-recorder.ts";

export interface NotedEvent {
  readonly regarding: ObjectReference;
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

/** While the server is away it is tried again, until `from.alive` says no. */
export function noteEvent(
  sim: Simulation,
  from: { client: Client; controller: string; host: string; alive: () => boolean },
  { regarding, reason, action, note }: NotedEvent,
): void {
  const { client, controller, host, alive } = from;
  const nanos = fnv1a32(`${controller}/${host}`) % NANOSECONDS;
  const event = {
    metadata: {
      name: `${regarding.name}.${eventSuffix(sim.now, nanos)}`,
      namespace: regarding.namespace ?? "default",
    },
    eventTime: formatMicroTime(sim.now),
    reportingController: controller,
    reportingInstance: `${controller}-${host}`,
    type: "Normal",
    regarding,
    reason,
    action,
    ...(note !== "" && { note }),
  };
  const write = (triesLeft: number): void => {
    try {
      client.resource(eventsV1).create(event);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (error.code < 500 || triesLeft === 0) return;
      sim.after(RETRY_MS, () => alive() && write(triesLeft - 1), { background: true });
    }
  };
  write(MAX_TRIES - 1);
}
