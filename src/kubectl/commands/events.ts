/** `kubectl events`. Upstream: kubectl pkg/cmd/events/events.go. */
import { compareSeen } from "../../engine/api/core/event-seen.ts";
import type { Event } from "../../engine/api/generated/types.ts";
import type { FailureStatus } from "../../engine/api/meta/status-error.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { ALL_NAMESPACES_FLAG, defineCommand, PRINT_FLAGS } from "../command.ts";
import { apiVersionOf, resourcePath } from "../discovery.ts";
import { ApiError, CommandError, failureStatus } from "../errors.ts";
import { EVENTS } from "../generators/resources.ts";
import type { Invocation } from "../invocation.ts";
import { LineReader } from "../rest-client.ts";
import { asObject } from "../as-object.ts";
import { type ObjectPrinter, printerFor } from "../printers/object-printer.ts";
import { aligned, TABLE_TABS, TabWriter } from "../printers/tab-writer.ts";
import { eventInterval } from "../describe/events.ts";

export const events = defineCommand({
  name: "events",
  group: "Troubleshooting and Debugging Commands",
  short: "List events",
  usage: "[(-o|--output=)json|yaml|name] [--for TYPE/NAME] [--types=Normal,Warning]",
  flags: [
    ...PRINT_FLAGS,
    ALL_NAMESPACES_FLAG,
    { name: "for", type: "string", usage: "Only events about this object (TYPE/NAME)." },
    { name: "types", type: "strings", usage: "Only events of these types." },
    { name: "no-headers", type: "bool", usage: "Leave column headers out." },
    { name: "chunk-size", type: "int", default: 500, usage: "Ask for long lists in pieces of this size; 0 asks once." },
    { name: "watch", short: "w", type: "bool", usage: "After those that there are, go on as others come." },
  ],
  completes: "none",
  *run(call) {
    const printer = call.flags.string("output") === "" ? undefined : printerFor(call);
    const everywhere = call.flags.bool("all-namespaces");
    const types = call.flags.list("types").map((type) => type.toLowerCase());
    const wrong = call.flags.list("types").find((type) => !["normal", "warning"].includes(type.toLowerCase()));
    if (wrong !== undefined) throw new CommandError("valid --types are Normal or Warning");
    const fields: string[] = [];
    const about = call.flags.string("for");
    if (about !== "") {
      const [type = "", name = ""] = about.split("/");
      if (name === "") throw new CommandError("--for must be in resource/name form");
      const resource = yield* call.discovery.find(type);
      fields.push(
        `involvedObject.kind=${resource.kind}`,
        `involvedObject.apiVersion=${apiVersionOf(resource)}`,
        `involvedObject.name=${name}`,
      );
    }
    const isShown = (event: Event): boolean => types.length === 0 || types.includes((event.type ?? "").toLowerCase());
    if (call.flags.bool("watch")) return yield* watchEvents(call, { fields, isShown, printer });
    const items = (yield* listEvents(call, fields)).filter(isShown).sort(compareSeen);
    if (items.length === 0) {
      yield* call.err(everywhere ? "No events found.\n" : `No events found in ${call.namespace} namespace.\n`);
      return undefined;
    }
    if (printer !== undefined) {
      const typed = items.map((item) => ({ eventTime: null, ...item, apiVersion: "v1", kind: "Event" }));
      const shown = { apiVersion: "v1", items: typed, kind: "EventList", metadata: {} };
      yield* call.out(printer(asObject(shown)));
      return undefined;
    }
    const rows = items.map((event) => eventRow(call, event));
    yield* call.out(aligned(call.flags.bool("no-headers") ? rows : [headings(call), ...rows], TABLE_TABS));
    return undefined;
  },
});

function eventsPath(call: Invocation): string {
  return resourcePath(EVENTS, { namespace: call.flags.bool("all-namespaces") ? "" : call.namespace });
}

function* listEvents(call: Invocation, fields: readonly string[]): Call<Event[]> {
  const items: Event[] = [];
  const limit = call.flags.int("chunk-size");
  for (let next: string | undefined = ""; next !== undefined;) {
    const list: { metadata?: { continue?: string }; items: Event[] } = yield* call.rest.json({
      path: eventsPath(call),
      query: { fieldSelector: fields.join(","), limit: limit > 0 ? String(limit) : undefined, continue: next },
    });
    items.push(...list.items);
    next = list.metadata?.continue || undefined;
  }
  return items;
}

/** A watch without a version begins with what there is. */
function* watchEvents(
  call: Invocation,
  options: {
    fields: readonly string[];
    isShown: (event: Event) => boolean;
    printer: ObjectPrinter | undefined;
  },
): Call<void> {
  const lines = new LineReader(
    yield* call.rest.stream({
      path: eventsPath(call),
      query: { watch: "true", fieldSelector: options.fields.join(",") },
    }),
  );
  const writer = new TabWriter(TABLE_TABS);
  if (!call.flags.bool("no-headers")) writer.write(`${headings(call).join("\t")}\n`);
  for (let line = yield* lines.next(); line !== null; line = yield* lines.next()) {
    const { type, object } = JSON.parse(line) as { type: string; object: Event };
    if (type === "ERROR") throw new ApiError(failureStatus(object) as FailureStatus);
    if (type === "BOOKMARK" || type === "DELETED" || !options.isShown(object)) continue;
    if (options.printer !== undefined) {
      yield* call.out(options.printer(asObject({ ...object, apiVersion: "v1", kind: "Event" })));
      continue;
    }
    writer.write(`${eventRow(call, object).join("\t")}\n`);
    yield* call.out(writer.flush());
  }
}

function headings(call: Invocation): string[] {
  const namespace = call.flags.bool("all-namespaces") ? ["NAMESPACE"] : [];
  return [...namespace, "LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"];
}

function eventRow(call: Invocation, event: Event): string[] {
  return [
    ...(call.flags.bool("all-namespaces") ? [String(event.metadata.namespace)] : []),
    eventInterval(event, call.ctx.now()),
    event.type ?? "",
    event.reason ?? "",
    `${event.involvedObject.kind ?? ""}/${event.involvedObject.name ?? ""}`,
    (event.message ?? "").trim(),
  ];
}
