/** Event (core/v1, as controllers and the kubelet record it). Upstream: pkg/registry/core/event. */
import type { Event } from "../generated/types.ts";
import { ageOf } from "../meta/duration.ts";
import { defineResource } from "../meta/resource.ts";
import { firstSeen, lastSeen, timesSeen } from "./event-seen.ts";
import { validateEvent } from "./event-validation.ts";

export const events = defineResource<Event>({
  group: "",
  version: "v1",
  kind: "Event",
  plural: "events",
  shortNames: ["ev"],
  scope: "Namespaced",
  createsOnUpdate: true,
  example: {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "web.1", namespace: "default" },
    involvedObject: { kind: "Pod", namespace: "default", name: "web" },
  },
  validate: validateEvent,
  defaults: (event) => (event.involvedObject === undefined ? { ...(event as Event), involvedObject: {} } : event),
  columns: [
    { name: "Last Seen", type: "string", cell: (event, { now }) => ageOf(lastSeen(event), now) },
    { name: "Type", type: "string", cell: ({ type }) => type ?? "" },
    { name: "Reason", type: "string", cell: ({ reason }) => reason ?? "" },
    { name: "Object", type: "string", cell: objectText },
    { name: "Subobject", type: "string", priority: 1, cell: ({ involvedObject }) => involvedObject.fieldPath ?? "" },
    { name: "Source", type: "string", priority: 1, cell: sourceText },
    { name: "Message", type: "string", cell: ({ message = "" }) => message.trim() },
    { name: "First Seen", type: "string", priority: 1, cell: (event, { now }) => ageOf(firstSeen(event), now) },
    { name: "Count", type: "string", priority: 1, cell: timesSeen },
    { name: "Name", type: "string", priority: 1, format: "name", cell: ({ metadata }) => metadata.name },
  ],
  selectableFields: {
    "involvedObject.kind": ({ involvedObject }) => involvedObject.kind ?? "",
    "involvedObject.namespace": ({ involvedObject }) => involvedObject.namespace ?? "",
    "involvedObject.name": ({ involvedObject }) => involvedObject.name ?? "",
    "involvedObject.uid": ({ involvedObject }) => involvedObject.uid ?? "",
    "involvedObject.apiVersion": ({ involvedObject }) => involvedObject.apiVersion ?? "",
    "involvedObject.resourceVersion": ({ involvedObject }) => involvedObject.resourceVersion ?? "",
    "involvedObject.fieldPath": ({ involvedObject }) => involvedObject.fieldPath ?? "",
    reason: ({ reason }) => reason ?? "",
    reportingComponent: ({ reportingComponent }) => reportingComponent ?? "",
    source: ({ source, reportingComponent }) => source?.component || (reportingComponent ?? ""),
    type: ({ type }) => type ?? "",
  },
});

function objectText({ involvedObject }: Event): string {
  const kind = (involvedObject.kind ?? "").toLowerCase();
  return involvedObject.name ? `${kind}/${involvedObject.name}` : kind;
}

/** `kubelet, worker-1` */
function sourceText({ source, reportingComponent, reportingInstance }: Event): string {
  const component = source?.component || (reportingComponent ?? "");
  const host = source?.host || (reportingInstance ?? "");
  return host === "" ? component : `${component}, ${host}`;
}
