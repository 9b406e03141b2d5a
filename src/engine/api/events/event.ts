/**
 * Event of events.k8s.io/v1: the same objects as those of core/v1 with clearer names, checked more strictly.
 * Upstream: pkg/apis/events/v1/conversion.go, pkg/registry/core/event/strategy.go.
 */
import { events } from "../core/event.ts";
import { validateEventStrictly, validateEventUpdateStrictly } from "../core/event-validation.ts";
import type { Event, EventsEvent, EventSource, ObjectReference } from "../generated/types.ts";
import { defineResource, type FieldOf } from "../meta/resource.ts";

const REGARDING = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"] as const;
const NOTHING: ObjectReference = Object.freeze({});
const NO_SOURCE: EventSource = Object.freeze({});

export const eventsV1 = defineResource<EventsEvent>({
  group: "events.k8s.io",
  version: "v1",
  kind: "Event",
  plural: "events",
  structure: "EventsEvent",
  shortNames: ["ev"],
  scope: "Namespaced",
  example: {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: "web.1", namespace: "default" },
    eventTime: "2026-01-01T00:00:00.000000Z",
    reportingController: "example.com/controller",
    reportingInstance: "controller-1",
    action: "Pulling",
    reason: "Pulled",
    type: "Normal",
    regarding: { kind: "Pod", namespace: "default", name: "web" },
  },
  storedAs: { resource: events, toStorage, fromStorage },
  validate: (event) => validateEventStrictly(toStorage(event)),
  validateUpdate: (event, old) => validateEventUpdateStrictly(toStorage(event), toStorage(old)),
  selectableFields: {
    ...Object.fromEntries(
      REGARDING.map((name): [string, FieldOf<EventsEvent>] => [
        `regarding.${name}`,
        ({ regarding }) => regarding?.[name] ?? "",
      ]),
    ),
    reason: ({ reason }) => reason ?? "",
    reportingController: ({ reportingController }) => reportingController ?? "",
    source: ({ deprecatedSource, reportingController }) => deprecatedSource?.component || (reportingController ?? ""),
    type: ({ type }) => type ?? "",
  },
});

/** Field by field, as each pod that is placed makes one. */
function toStorage(event: EventsEvent): Event {
  const { kind, metadata, eventTime, series, action, reason, regarding = NOTHING, related, type } = event;
  const stored: Event = { apiVersion: "v1", kind, metadata, involvedObject: regarding };
  put(stored, "reason", reason);
  put(stored, "message", event.note);
  // Clients send back the empty one that they were shown.
  const { component, host } = event.deprecatedSource ?? NO_SOURCE;
  if (component !== undefined || host !== undefined) stored.source = event.deprecatedSource;
  put(stored, "firstTimestamp", event.deprecatedFirstTimestamp);
  put(stored, "lastTimestamp", event.deprecatedLastTimestamp);
  put(stored, "count", event.deprecatedCount);
  put(stored, "type", type);
  put(stored, "eventTime", eventTime);
  put(stored, "series", series);
  put(stored, "action", action);
  put(stored, "related", related);
  put(stored, "reportingComponent", event.reportingController);
  put(stored, "reportingInstance", event.reportingInstance);
  return stored;
}

function fromStorage(object: object): EventsEvent {
  const stored = object as Event;
  const { kind, metadata, series, action, reason, involvedObject, related, type } = stored;
  const event = { apiVersion: "events.k8s.io/v1", kind, metadata } as EventsEvent;
  put(event, "eventTime", stored.eventTime);
  put(event, "series", series as EventsEvent["series"]);
  put(event, "reportingController", stored.reportingComponent);
  put(event, "reportingInstance", stored.reportingInstance);
  put(event, "action", action);
  put(event, "reason", reason);
  put(event, "regarding", involvedObject);
  put(event, "related", related);
  put(event, "note", stored.message);
  put(event, "type", type);
  put(event, "deprecatedSource", stored.source);
  put(event, "deprecatedFirstTimestamp", stored.firstTimestamp);
  put(event, "deprecatedLastTimestamp", stored.lastTimestamp);
  put(event, "deprecatedCount", stored.count);
  return event;
}

function put<T, K extends keyof T>(object: T, field: K, value: T[K] | undefined): void {
  if (value !== undefined) object[field] = value;
}
