/** The events at the end of a description. Upstream: kubectl pkg/describe/describe.go (DescribeEvents). */
import { MIRROR } from "../../engine/api/core/pod/validate-annotations.ts";
import type { Event } from "../../engine/api/generated/types.ts";
import { humanDuration } from "../../engine/api/meta/duration.ts";
import type { KubeObject } from "../../engine/api/meta/object.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { parseTime } from "../../engine/base/time.ts";
import { resourcePath } from "../discovery.ts";
import { EVENTS } from "../generators/resources.ts";
import type { Invocation } from "../invocation.ts";
import type { DescribeWriter } from "./writer.ts";

export function* eventsAbout(call: Invocation, object: KubeObject): Call<Event[]> {
  const { namespace, name, annotations } = object.metadata;
  // A static pod's image: events are about the pod itself, whose uid stands there.
  const uid = annotations?.[MIRROR] ?? object.metadata.uid;
  const fields = [
    `involvedObject.name=${name}`,
    ...(namespace === undefined ? [] : [`involvedObject.namespace=${namespace}`]),
    `involvedObject.kind=${object.kind}`,
    // Events about nodes carry the node's name as its uid.
    ...(object.kind === "Node" ? [] : [`involvedObject.uid=${uid}`]),
  ];
  const list = yield* call.rest.json<{ items: Event[] }>({
    path: resourcePath(EVENTS, { namespace: namespace ?? "" }),
    query: { fieldSelector: fields.join(","), limit: "500" },
  });
  return list.items;
}

/** `3m (x4 over 10m)` */
export function eventInterval(event: Event, now: number): string {
  const since = (text: string | null | undefined): string =>
    text === undefined || text === null ? "<unknown>" : humanDuration(now - parseTime(text));
  const first = since(event.eventTime ?? event.firstTimestamp);
  if (event.series != null)
    return `${since(event.series.lastObservedTime)} (x${event.series.count ?? 0} over ${first})`;
  if ((event.count ?? 0) > 1) return `${since(event.lastTimestamp)} (x${event.count} over ${first})`;
  return first;
}

export function* describeEvents(call: Invocation, out: DescribeWriter, object: KubeObject): Call<void> {
  if (call.flags.has("show-events") && !call.flags.bool("show-events")) return;
  const events = yield* eventsAbout(call, object);
  if (events.length === 0) {
    out.line(0, "Events:\t<none>");
    return;
  }
  out.flush();
  // Events of events.k8s.io have no last time of this kind: they come before all others.
  const at = (event: Event): number => (event.lastTimestamp == null ? 0 : parseTime(event.lastTimestamp));
  out.line(0, "Events:");
  out.line(1, "Type\tReason\tAge\tFrom\tMessage");
  out.line(1, "----\t------\t----\t----\t-------");
  for (const event of [...events].sort((a, b) => at(a) - at(b))) {
    const from = event.source?.component || (event.reportingComponent ?? "");
    const cells = [event.type, event.reason, eventInterval(event, call.ctx.now()), from, (event.message ?? "").trim()];
    out.line(1, cells.map((cell) => cell ?? "").join("\t"));
  }
}
