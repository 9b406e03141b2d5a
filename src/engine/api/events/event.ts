/**
 * Event of events.k8s.io/v1: the same objects as those of core/v1 with clearer names, checked more strictly.
 * Upstream: pkg/apis/events/v1/conversion.go, pkg/registry/core/event/strategy.go.
 */
import { events } from "../core/event.ts";
import { validateEventStrictly, validateEventUpdateStrictly } from "../core/event-validation.ts";
import type { Event, EventsEvent, ObjectReference } from "../generated/types.ts";
import { defineResource, type FieldOf } from "../meta/resource.ts";

const REGARDING = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"] as const;
const NOTHING: ObjectReference = Object.freeze({});

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

function toStorage(event: EventsEvent): Event {
  const {
    regarding = NOTHING,
    note,
    reportingController,
    deprecatedSource,
    deprecatedFirstTimestamp,
    deprecatedLastTimestamp,
    deprecatedCount,
    ...rest
  } = event;
  return {
    ...rest,
    apiVersion: "v1",
    involvedObject: regarding,
    ...(note !== undefined && { message: note }),
    ...(reportingController !== undefined && { reportingComponent: reportingController }),
    ...(deprecatedSource !== undefined && { source: deprecatedSource }),
    ...(deprecatedFirstTimestamp !== undefined && { firstTimestamp: deprecatedFirstTimestamp }),
    ...(deprecatedLastTimestamp !== undefined && { lastTimestamp: deprecatedLastTimestamp }),
    ...(deprecatedCount !== undefined && { count: deprecatedCount }),
  };
}

function fromStorage(stored: object): EventsEvent {
  const { involvedObject, message, reportingComponent, source, firstTimestamp, lastTimestamp, count, ...rest } =
    stored as Event;
  return {
    ...(rest as Partial<EventsEvent> & Pick<EventsEvent, "kind" | "metadata" | "eventTime">),
    apiVersion: "events.k8s.io/v1",
    regarding: involvedObject,
    ...(message !== undefined && { note: message }),
    ...(reportingComponent !== undefined && { reportingController: reportingComponent }),
    ...(source !== undefined && { deprecatedSource: source }),
    ...(firstTimestamp !== undefined && { deprecatedFirstTimestamp: firstTimestamp }),
    ...(lastTimestamp !== undefined && { deprecatedLastTimestamp: lastTimestamp }),
    ...(count !== undefined && { deprecatedCount: count }),
  };
}
