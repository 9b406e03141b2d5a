/** `kubectl get`. Upstream: kubectl pkg/cmd/get/get.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import {
  ALL_NAMESPACES_FLAG,
  defineCommand,
  FIELD_SELECTOR_FLAG,
  FILE_FLAGS,
  PRINT_FLAGS,
  SELECTOR_FLAG,
} from "../command.ts";
import { qualifiedName } from "../discovery.ts";
import { CommandError, throwGathered } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { printerFor, splitOutput } from "../printers/object-printer.ts";
import { parseRelaxedPath } from "../printers/jsonpath-relaxed.ts";
import { hasField, sortObjects } from "../printers/sorting.ts";
import type { TablePrinter } from "../printers/table.ts";
import {
  infosOfFiles,
  selectByArgs,
  type Selection,
  usesFiles,
  withTypeMeta,
  FILES_AND_ARGUMENTS,
} from "../resource-builder.ts";
import { asTable, fetchPieces, type Piece, tablePrinterFor } from "../get-pieces.ts";
import { watchAndPrint } from "./get-watch.ts";

export const get = defineCommand({
  name: "get",
  group: "Basic Commands (Intermediate)",
  short: "Display one or many resources",
  usage:
    "[(-o|--output=)json|yaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file|custom-columns|custom-columns-file|wide] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]",
  examples: [
    "kubectl get pods",
    "kubectl get pods -o wide",
    "kubectl get deployments.v1.apps -o json",
    "kubectl get pod/web service/web",
    "kubectl get pods -l app=web --watch",
  ],
  flags: [
    ...PRINT_FLAGS,
    ...FILE_FLAGS,
    SELECTOR_FLAG,
    FIELD_SELECTOR_FLAG,
    ALL_NAMESPACES_FLAG,
    { name: "watch", short: "w", type: "bool", usage: "After listing, go on with changes as they come." },
    { name: "watch-only", type: "bool", usage: "Only changes, without listing first." },
    { name: "output-watch-events", type: "bool", usage: "Show the type of each watch event." },
    { name: "ignore-not-found", type: "bool", usage: "Exit with 0 when an object does not exist." },
    { name: "no-headers", type: "bool", usage: "Leave column headers out." },
    { name: "show-labels", type: "bool", usage: "Add a column with all labels." },
    { name: "show-kind", type: "bool", usage: "Show names with their type." },
    { name: "label-columns", short: "L", type: "strings", usage: "Labels to show as columns." },
    { name: "sort-by", type: "string", usage: "JSONPath of the field to sort by." },
    { name: "subresource", type: "string", usage: "Get this subresource of the object." },
    { name: "raw", type: "string", usage: "Path to request from the server as it stands." },
    { name: "chunk-size", type: "int", default: 500, usage: "Ask for long lists in pieces of this size; 0 asks once." },
    {
      name: "server-print",
      type: "bool",
      default: true,
      usage: "Let the server choose the columns; else name and age.",
    },
  ],
  completes: "resources",
  *run(call) {
    if (call.flags.changed("raw")) {
      if (call.args.length > 0) throw new CommandError("arguments may not be passed when --raw is specified");
      const path = call.flags.string("raw");
      if (!path.startsWith("/")) {
        throw new CommandError(
          `--raw must be a valid URL path: parse ${JSON.stringify(path)}: invalid URI for request`,
        );
      }
      yield* call.out(yield* call.rest.text({ path, raw: true }));
      return;
    }
    if (call.args.length === 0 && !usesFiles(call)) {
      yield* call.err(
        'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\n',
      );
      throw new CommandError(
        `Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).\nSee 'kubectl get -h' for help and examples`,
      );
    }
    const output = call.flags.string("output");
    const isTabular = (output === "" || output === "wide") && !call.flags.changed("template");
    const selection = yield* select(call);
    if (call.flags.bool("watch") || call.flags.bool("watch-only")) {
      return yield* watchAndPrint(call, selection, { isTabular });
    }
    if (isTabular) yield* printTables(call, selection);
    else yield* printObjects(call, selection);
  },
});

function* select(call: Invocation): Call<Selection> {
  if (usesFiles(call)) {
    if (call.args.length > 0) throw new CommandError(FILES_AND_ARGUMENTS);
    const { infos, errors } = yield* infosOfFiles(call);
    throwGathered(errors);
    return { how: "named", infos, singleItem: infos.length === 1 };
  }
  const selection = yield* selectByArgs(call, {
    selector: call.flags.string("selector"),
    fieldSelector: call.flags.string("field-selector"),
    allNamespaces: call.flags.bool("all-namespaces"),
    listByDefault: true,
  });
  if (selection.how === "list" && call.flags.string("subresource") !== "") {
    throw new CommandError("subresource cannot be used when bulk resources are specified");
  }
  return selection;
}

function* printTables(call: Invocation, selection: Selection): Call<void> {
  const { pieces, errors } = yield* fetchPieces(call, selection, { table: call.flags.bool("server-print") });
  const kinds = new Set(
    (selection.how === "named" ? selection.infos.map((info) => info.resource) : selection.resources).map(qualifiedName),
  );
  const showKind = kinds.size > 1 || call.flags.bool("show-kind");
  let printed = false;
  let printer: TablePrinter | undefined;
  let last = "";
  for (const { resource, body } of sortPieces(call, pieces)) {
    const table = asTable(body, call.ctx.now());
    if ((table.rows ?? []).length === 0) continue;
    const id = qualifiedName(resource);
    if (printer !== undefined && id !== last) {
      yield* call.out(printer.flush());
      if (!call.flags.bool("no-headers")) yield* call.out("\n");
      printer = undefined;
    }
    printer ??= tablePrinterFor(call, resource, showKind);
    printer.add(table);
    last = id;
    printed = true;
  }
  if (printer !== undefined) yield* call.out(printer.flush());
  if (!printed && errors.length === 0 && !call.flags.bool("ignore-not-found")) yield* sayNothingFound(call, selection);
  throwGathered(errors);
}

function* sayNothingFound(call: Invocation, selection: Selection): Call<void> {
  const anyNamespaced = selection.how === "list" && selection.resources.some((resource) => resource.namespaced);
  const namespaced = anyNamespaced && !call.flags.bool("all-namespaces");
  yield* call.err(namespaced ? `No resources found in ${call.namespace} namespace.\n` : "No resources found\n");
}

function sortPieces(call: Invocation, pieces: readonly Piece[]): Piece[] {
  const path = call.flags.string("sort-by");
  const first = pieces[0];
  if (path === "" || first === undefined) return [...pieces];
  const tables = pieces.map((piece) => asTable(piece.body, call.ctx.now()));
  const rows = tables.flatMap((table) => table.rows ?? []);
  const [definition] = tables;
  if (definition === undefined || pieces.some((piece) => piece.resource !== first.resource)) return [...pieces];
  const relaxed = parseRelaxedPath(path);
  // Upstream's sorter gives up on a table without the field, and nothing is shown.
  if (!hasField(rows, (row) => row.object, relaxed)) return [];
  const sorted = sortObjects(rows, (row) => row.object, relaxed, path);
  return [{ resource: first.resource, body: { ...definition, rows: sorted } }];
}

function* printObjects(call: Invocation, selection: Selection): Call<void> {
  const { format } = splitOutput(call.flags.string("output"));
  const printer = printerFor(call, { tables: true, noHeaders: call.flags.bool("no-headers") });
  const { pieces, errors } = yield* fetchPieces(call, selection, { table: false });
  let objects = pieces.flatMap(({ resource, body }) => {
    const items = (body as { items?: KubeObject[] }).items;
    return items === undefined ? [body as KubeObject] : items.map((item) => withTypeMeta(item, resource));
  });
  const path = call.flags.string("sort-by");
  if (path !== "") objects = sortObjects(objects, (object) => object, parseRelaxedPath(path), path);
  const single = selection.how === "named" && selection.singleItem;
  if (single) {
    const [object] = objects;
    if (object !== undefined) yield* call.out(printer(object));
  } else if (format === "name") {
    for (const object of objects) yield* call.out(printer(object));
  } else {
    const list = { apiVersion: "v1", items: objects, kind: "List", metadata: { resourceVersion: "" } };
    if (errors.length === 0 || objects.length > 0) yield* call.out(printer(list as unknown as KubeObject));
  }
  throwGathered(errors);
}
