/** `kubectl get --watch`. Upstream: kubectl pkg/cmd/get/get.go (watch). */
import type { ExitCode } from "../../engine/base/program.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { resourcePath } from "../discovery.ts";
import { ApiError, CommandError, failureStatus, throwGathered } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { printerFor } from "../printers/object-printer.ts";
import { isTable, type Table, type TablePrinter } from "../printers/table.ts";
import { type Selection, withTypeMeta } from "../resource-builder.ts";
import { LineReader, TABLE_ACCEPT } from "../rest-client.ts";
import { asTable, fetchPieces, tablePrinterFor } from "../get-pieces.ts";

interface Event {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: unknown;
}

export function* watchAndPrint(
  call: Invocation,
  selection: Selection,
  options: { isTabular: boolean },
): Call<ExitCode> {
  const targets = selection.how === "named" ? selection.infos.map((info) => info.resource) : selection.resources;
  const [resource] = targets;
  if (resource === undefined || targets.length !== 1) {
    throw new CommandError(
      `watch is only supported on individual resources and resource collections - ${targets.length} resources were found`,
    );
  }
  const name = selection.how === "named" ? (selection.infos[0]?.name ?? "") : "";
  const namespace = selection.how === "named" ? (selection.infos[0]?.namespace ?? "") : selection.namespace;
  const print = options.isTabular
    ? tableEvents(call, tablePrinterFor(call, resource, call.flags.bool("show-kind")))
    : objectEvents(call);

  const { pieces, errors } = yield* fetchPieces(call, selection, { table: options.isTabular });
  throwGathered(errors);
  let resourceVersion = "";
  for (const { body } of pieces) {
    resourceVersion = (body as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion ?? "";
    if (options.isTabular && isTable(body) && selection.how === "named") {
      resourceVersion ||= body.rows?.[0]?.object?.metadata.resourceVersion ?? "";
    }
    if (call.flags.bool("watch-only")) continue;
    if (options.isTabular) {
      if ((asTable(body, call.ctx.now()).rows ?? []).length > 0)
        yield* call.out(print({ type: "ADDED", object: body }));
      continue;
    }
    const items = (body as { items?: KubeObject[] }).items?.map((item) => withTypeMeta(item, resource));
    for (const object of items ?? [body]) yield* call.out(print({ type: "ADDED", object }));
  }
  const lines = new LineReader(
    yield* call.rest.stream({
      path: resourcePath(resource, { namespace }),
      ...(options.isTabular && { accept: TABLE_ACCEPT }),
      query: {
        watch: "true",
        resourceVersion,
        labelSelector: call.flags.string("selector"),
        fieldSelector: name === "" ? call.flags.string("field-selector") : `metadata.name=${name}`,
      },
    }),
  );
  for (let line = yield* lines.next(); line !== null; line = yield* lines.next()) {
    const event = JSON.parse(line) as Event;
    if (event.type === "BOOKMARK") continue;
    if (event.type === "ERROR") {
      const status = failureStatus(event.object);
      throw status === undefined
        ? new CommandError("unable to decode an event from the watch stream")
        : new ApiError(status);
    }
    yield* call.out(print(event));
  }
  return 0;
}

function tableEvents(call: Invocation, printer: TablePrinter): (event: Event) => string {
  const showEvents = call.flags.bool("output-watch-events");
  return ({ type, object }) => {
    const table = asTable(object, call.ctx.now());
    return printer.print(showEvents ? withEventColumn(table, type) : table);
  };
}

function withEventColumn(table: Table, type: string): Table {
  return {
    ...table,
    columnDefinitions:
      (table.columnDefinitions ?? []).length === 0
        ? []
        : [{ name: "EVENT", type: "string" }, ...(table.columnDefinitions ?? [])],
    rows: (table.rows ?? []).map((row) => ({ ...row, cells: [type, ...row.cells] })),
  };
}

function objectEvents(call: Invocation): (event: Event) => string {
  const printer = printerFor(call, { tables: true, noHeaders: call.flags.bool("no-headers") });
  const showEvents = call.flags.bool("output-watch-events");
  return ({ type, object }) =>
    printer((showEvents ? { apiVersion: "meta.k8s.io/v1", kind: "WatchEvent", object, type } : object) as KubeObject);
}
