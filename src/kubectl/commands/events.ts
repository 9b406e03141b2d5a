/** `kubectl events`. Upstream: kubectl pkg/cmd/events/events.go. Simplified: --watch fails; use `get events -w`. */
import type { Event } from "../../engine/api/generated/types.ts";
import { parseTime } from "../../engine/base/time.ts";
import { ALL_NAMESPACES_FLAG, defineCommand, PRINT_FLAGS } from "../command.ts";
import { resourcePath } from "../discovery.ts";
import { CommandError } from "../errors.ts";
import { EVENTS } from "../generators/resources.ts";
import { asObject } from "../as-object.ts";
import { printerFor } from "../printers/object-printer.ts";
import { aligned, TABLE_TABS } from "../printers/tab-writer.ts";
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
    { name: "chunk-size", type: "int", default: 500, unsupported: true },
    { name: "watch", short: "w", type: "bool", unsupported: true },
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
      fields.push(`involvedObject.kind=${resource.kind}`, `involvedObject.name=${name}`);
    }
    const list = yield* call.rest.json<{ items: Event[] }>({
      path: resourcePath(EVENTS, { namespace: everywhere ? "" : call.namespace }),
      query: { fieldSelector: fields.join(","), limit: "500" },
    });
    const at = (event: Event): number =>
      parseTime(
        String(event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp ?? ""),
      );
    const items = list.items
      .filter((event) => types.length === 0 || types.includes((event.type ?? "").toLowerCase()))
      .sort((a, b) => at(a) - at(b));
    if (items.length === 0) {
      yield* call.err(everywhere ? "No events found.\n" : `No events found in ${call.namespace} namespace.\n`);
      return;
    }
    if (printer !== undefined) {
      const typed = items.map((item) => ({ ...item, apiVersion: "v1", kind: "Event" }));
      const shown = { apiVersion: "v1", items: typed, kind: "List", metadata: { resourceVersion: "" } };
      yield* call.out(printer(asObject(shown)));
      return;
    }
    const header = [...(everywhere ? ["NAMESPACE"] : []), "LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"];
    const rows = items.map((event) => [
      ...(everywhere ? [String(event.metadata.namespace)] : []),
      eventInterval(event, call.ctx.now()),
      event.type ?? "",
      event.reason ?? "",
      `${event.involvedObject.kind ?? ""}/${event.involvedObject.name ?? ""}`,
      (event.message ?? "").trim(),
    ]);
    yield* call.out(aligned(call.flags.bool("no-headers") ? rows : [header, ...rows], TABLE_TABS));
  },
});
