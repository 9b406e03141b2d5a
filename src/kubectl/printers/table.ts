/** Server-side tables on the terminal. Upstream: cli-runtime pkg/printers/tableprinter.go. */
import { isObject } from "../../engine/base/json.ts";
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { TABLE_TABS, TabWriter } from "./tab-writer.ts";

export interface TableColumn {
  name: string;
  type: string;
  format?: string;
  priority?: number;
}

export interface TableRow {
  cells: unknown[];
  object?: KubeObject;
}

export interface Table {
  kind: "Table";
  /** Null in watch events after the first. */
  columnDefinitions: TableColumn[] | null;
  rows: TableRow[] | null;
  metadata?: { resourceVersion?: string; continue?: string };
}

export interface TableOptions {
  wide: boolean;
  noHeaders: boolean;
  showLabels: boolean;
  labelColumns: readonly string[];
  withNamespace: boolean;
  /** `pod`: names are shown as `pod/web`. */
  kindPrefix: string;
}

export function isTable(value: unknown): value is Table {
  return isObject(value) && value["kind"] === "Table" && "columnDefinitions" in value;
}

/** Prints one or more tables of the same kind; keeps columns in line between flushes. */
export class TablePrinter {
  private readonly options: TableOptions;
  private readonly writer = new TabWriter(TABLE_TABS);
  private lastHeader = "";
  private columns: TableColumn[] = [];

  constructor(options: TableOptions) {
    this.options = options;
  }

  /** Text of this table's rows, with the header unless the last table had the same. */
  print(table: Table): string {
    this.add(table);
    return this.flush();
  }

  add(table: Table): void {
    const definitions = table.columnDefinitions ?? [];
    if (definitions.length > 0) this.columns = definitions;
    const shown = this.columns.flatMap((column, index) =>
      (column.priority ?? 0) === 0 || this.options.wide ? [{ column, index }] : [],
    );
    const header = this.header(shown.map(({ column }) => column.name));
    if (!this.options.noHeaders && header !== this.lastHeader) this.writer.write(`${header}\n`);
    this.lastHeader = header;
    const named = this.columns.find(({ format }) => format === "name");
    for (const row of table.rows ?? []) {
      const cells = shown.map(({ column, index }) => this.cell(row.cells[index], column === named));
      this.writer.write(`${[...this.leading(row), ...cells, ...this.trailing(row)].join("\t")}\n`);
    }
  }

  flush(): string {
    return this.writer.flush();
  }

  private header(names: readonly string[]): string {
    return [
      ...(this.options.withNamespace ? ["NAMESPACE"] : []),
      ...names.map((name) => name.toUpperCase()),
      ...this.options.labelColumns.map((label) => label.slice(label.lastIndexOf("/") + 1).toUpperCase()),
      ...(this.options.showLabels ? ["LABELS"] : []),
    ].join("\t");
  }

  private leading(row: TableRow): string[] {
    return this.options.withNamespace ? [row.object?.metadata.namespace ?? ""] : [];
  }

  private trailing(row: TableRow): string[] {
    const labels = row.object?.metadata.labels ?? {};
    const columns = this.options.labelColumns.map((name) => labels[name] ?? "");
    return this.options.showLabels ? [...columns, labelsText(labels)] : columns;
  }

  /** `isName`: of the column that names the object; there may be others of names. */
  private cell(value: unknown, isName: boolean): string {
    if (value === null || value === undefined) return "";
    const text = String(value).replaceAll("\t", " ");
    const cut = text.search(/[\n\r\f]/);
    const shown = cut < 0 ? text : `${text.slice(0, cut)}...`;
    return isName && this.options.kindPrefix !== "" ? `${this.options.kindPrefix}/${shown}` : shown;
  }
}

/** `app=web,tier=front`, sorted; `<none>` without any. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const keys = Object.keys(labels ?? {}).sort();
  return keys.length === 0 ? "<none>" : keys.map((key) => `${key}=${labels?.[key]}`).join(",");
}
