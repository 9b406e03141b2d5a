/** What `kubectl get` asks of the server, and the table printer that its flags choose. Upstream: kubectl pkg/cmd/get. */
import type { KubeObject } from "../engine/api/meta/object.ts";
import { ageOf } from "../engine/api/meta/duration.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { type ApiResource, printedKind, resourcePath } from "./discovery.ts";
import { aboutList, ApiError, hasReason } from "./errors.ts";
import type { Invocation } from "./invocation.ts";
import { isTable, type Table, TablePrinter } from "./printers/table.ts";
import type { Selection } from "./resource-builder.ts";
import { TABLE_ACCEPT } from "./rest-client.ts";

export interface Piece {
  resource: ApiResource;
  body: unknown;
}

/** Each list or object as the server answers; failures are gathered so that the others still show. */
export function* fetchPieces(
  call: Invocation,
  selection: Selection,
  options: { table: boolean },
): Call<{ pieces: Piece[]; errors: Error[] }> {
  const pieces: Piece[] = [];
  const errors: Error[] = [];
  const accept = options.table ? { accept: TABLE_ACCEPT } : {};
  const includeObject = options.table && call.flags.changed("sort-by") ? "Object" : undefined;
  const requests =
    selection.how === "named"
      ? selection.infos.map((info) => ({
          resource: info.resource,
          path: resourcePath(info.resource, { ...info, subresource: call.flags.string("subresource") }),
        }))
      : selection.resources.map((resource) => ({
          resource,
          path: resourcePath(resource, { namespace: selection.namespace }),
        }));
  for (const { resource, path } of requests) {
    try {
      if (selection.how === "named") {
        pieces.push({ resource, body: yield* call.rest.json({ path, ...accept, query: { includeObject } }) });
      } else pieces.push(...(yield* listPieces(call, { resource, path, accept, includeObject })));
    } catch (caught) {
      const error =
        selection.how === "named"
          ? caught
          : aboutList(caught, {
              ...resource,
              labelSelector: call.flags.string("selector"),
              fieldSelector: call.flags.string("field-selector"),
            });
      if (call.flags.bool("ignore-not-found") && hasReason(error, "NotFound")) continue;
      if (!(error instanceof ApiError)) throw error;
      errors.push(error);
    }
  }
  return { pieces, errors };
}

function* listPieces(
  call: Invocation,
  list: { resource: ApiResource; path: string; accept: object; includeObject: string | undefined },
): Call<Piece[]> {
  const pieces: Piece[] = [];
  const chunk = call.flags.int("chunk-size");
  for (let next: string | undefined = ""; next !== undefined;) {
    const body: { metadata?: { continue?: string } } = yield* call.rest.json({
      path: list.path,
      ...list.accept,
      query: {
        labelSelector: call.flags.string("selector"),
        fieldSelector: call.flags.string("field-selector"),
        includeObject: list.includeObject,
        limit: chunk > 0 ? String(chunk) : undefined,
        continue: next,
      },
    });
    pieces.push({ resource: list.resource, body });
    next = body.metadata?.continue || undefined;
  }
  return pieces;
}

export function tablePrinterFor(call: Invocation, resource: ApiResource, showKind: boolean): TablePrinter {
  return new TablePrinter({
    wide: call.flags.string("output") === "wide",
    noHeaders: call.flags.bool("no-headers"),
    showLabels: call.flags.bool("show-labels"),
    labelColumns: call.flags.list("label-columns"),
    withNamespace: call.flags.bool("all-namespaces") && resource.namespaced,
    kindPrefix: showKind ? printedKind(resource) : "",
  });
}

/** A server that does not print tables answers with the object: a name and an age are shown then. */
export function asTable(body: unknown, now: number): Table {
  if (isTable(body)) return body;
  const list = body as { items?: KubeObject[] };
  const objects = list.items ?? [body as KubeObject];
  return {
    kind: "Table",
    columnDefinitions: [
      { name: "Name", type: "string", format: "name" },
      { name: "Age", type: "date" },
    ],
    rows: objects.map((object) => ({
      cells: [object.metadata.name, ageOf(object.metadata.creationTimestamp, now)],
      object,
    })),
  };
}
