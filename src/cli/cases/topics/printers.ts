/** Columns and cells of the server's tables. */
import type { KubeObject } from "../../../engine/api/meta/object.ts";
import type { Column, Resource } from "../../../engine/api/meta/resource.ts";
import { resources } from "../../../engine/api/registry.ts";
import { shapeList } from "../../../engine/apiserver/http/shapes.ts";
import { defineTopic, expectEqual, type DataCase, type Failure } from "../topic.ts";

interface PrinterCase extends DataCase {
  wide: boolean;
  object: KubeObject & { items?: KubeObject[] };
  rows: (string | number)[][];
  columns: string[] | { name: string; wide?: boolean }[];
  resource: string;
}

/** What the ages in the cells are relative to. */
const NOW = Date.parse("2023-11-14T22:13:20Z");

const POLICY_COLUMN = "the table of priority classes has a column for the preemption policy by now";
const QUOTA_ORDER = "the age stands last in the table of quotas by now";
const NOT_SERVED = "a kind of an internal group that no server has on unless it is told to";

export const printers = defineTopic<PrinterCase>({
  topic: "printers",
  doesNotApply: {
    "TestPrintPriorityClass#1": POLICY_COLUMN,
    "TestPrintStorageVersion#0": NOT_SERVED,
    "TestPrintStorageVersion#2": NOT_SERVED,
    "TestPrintStorageVersion#3": NOT_SERVED,
    "columns/printStatus": "a Status is never sent as a table",
    "columns/printResourceQuota": QUOTA_ORDER,
    "columns/printResourceQuotaList": QUOTA_ORDER,
    "columns/printPriorityClassList": POLICY_COLUMN,
  },
  run: (item) => run(item),
});

function run(item: PrinterCase): Failure {
  if (item.kind === "columns") {
    const resource = resourceOf(item.resource);
    if (resource === undefined) return { expected: "a kind of the registry", got: item.resource };
    const got = (resource.columns ?? DEFAULTS).map(({ name, priority = 0 }) => ({
      name,
      ...(priority > 0 && { wide: true }),
    }));
    return expectEqual(item.columns, got);
  }
  const items = item.object.items ?? [withMetadata(item.object)];
  // Some objects of the source lack their kind: the test's name has it.
  const kind = item.object.kind ?? /^TestPrint(\w+)#/.exec(item.id)?.[1] ?? "";
  const resource = resourceOf(kind);
  if (resource === undefined) return { expected: "a kind of the registry", got: kind };
  const table = shapeList({ apiVersion: "v1", kind, metadata: { resourceVersion: "1" }, items }, "table", {
    resource,
    now: NOW,
    includeObject: "None",
  }) as { columnDefinitions: { name: string; priority: number }[]; rows: { cells: unknown[] }[] };
  const shown = table.columnDefinitions.flatMap(({ priority }, at) => (priority === 0 || item.wide ? [at] : []));
  const columns = shown.map((at) => table.columnDefinitions[at]?.name);
  const rows = table.rows.map(({ cells }) => shown.map((at) => cells[at]));
  return expectEqual(item.columns, columns) ?? expectEqual(item.rows, rows);
}

/** Some objects of the source have what belongs into metadata beside it. */
function withMetadata(object: KubeObject & { name?: string; creationTimestamp?: string }): KubeObject {
  const { name, creationTimestamp } = object;
  if (object.metadata !== undefined || name === undefined) return object;
  return { ...object, metadata: { name, creationTimestamp } as KubeObject["metadata"] };
}

const DEFAULTS: readonly Pick<Column<KubeObject>, "name" | "priority">[] = [{ name: "Name" }, { name: "Age" }];

/** `PodList` and `Pod` are the same table. Of a kind in several groups the first one prints for all. */
function resourceOf(kind: string): Resource | undefined {
  const of = (name: string): Resource | undefined => resources.find((resource) => resource.kind === name);
  const single = kind.replace(/List$/, "");
  // The source calls webhook configurations after what they configure.
  return of(kind) ?? of(single) ?? of(`${single}Configuration`);
}
