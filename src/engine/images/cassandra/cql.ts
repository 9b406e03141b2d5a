/**
 * The part of CQL that tutorials type into cqlsh. Upstream: Cassandra's CQL reference, "Data Definition" and "Data Manipulation".
 *
 * **Simplified:** no collections, indexes, views, batches or roles; conditions are equalities joined by AND; TTL, timestamps
 * and consistency levels are not there: a statement that asks for them is a syntax error. How rows are copied and stored is
 * read and has no effect (`cql-store.ts`).
 */
import { CqlError, invalid, Reader } from "./cql-reader.ts";
import { columnType, keyspaceOptions, tableOptions } from "./cql-options.ts";
import type { CqlStore, Entry } from "./cql-store.ts";

export type CqlValue = string | number | boolean | null;

export type CqlAnswer =
  | { kind: "rows"; columns: string[]; rows: CqlValue[][] }
  | { kind: "done" }
  | { kind: "used"; keyspace: string }
  | { kind: "error"; text: string };

interface Table {
  /** Types by name; the key's columns are first. */
  columns: Record<string, string>;
  partition: string[];
  clustering: string[];
  /** Columns of the key whose greatest value is first. */
  descending: string[];
}
type Row = Record<string, CqlValue>;

const SYSTEM = [
  "system",
  "system_auth",
  "system_distributed",
  "system_schema",
  "system_traces",
  "system_views",
  "system_virtual_schema",
];

export interface CqlHost {
  store: CqlStore;
  now(): number;
  makeId(): string;
  /** Others are to hear of these. */
  tell(entries: readonly Entry[]): void;
  /** The row of system.local. */
  local: Row;
}

/** `session.keyspace` is what USE has chosen. */
export function runCql(text: string, session: { keyspace: string }, host: CqlHost): CqlAnswer {
  try {
    return new Statement(new Reader(text), session, host).run();
  } catch (error) {
    if (error instanceof CqlError) return { kind: "error", text: error.message };
    throw error;
  }
}

const DONE: CqlAnswer = { kind: "done" };

class Statement {
  private readonly reader: Reader;
  private readonly session: { keyspace: string };
  private readonly host: CqlHost;

  constructor(reader: Reader, session: { keyspace: string }, host: CqlHost) {
    this.reader = reader;
    this.session = session;
    this.host = host;
  }

  run(): CqlAnswer {
    const { reader } = this;
    if (reader.takes("use")) return this.use();
    if (reader.takes("create", "keyspace")) return this.createKeyspace();
    if (reader.takes("create", "table") || reader.takes("create", "columnfamily")) return this.createTable();
    if (reader.takes("drop")) return this.drop();
    if (reader.takes("insert", "into")) return this.insert();
    if (reader.takes("select")) return this.select();
    if (reader.takes("update")) return this.update();
    if (reader.takes("delete")) return this.delete();
    if (reader.takes("truncate")) return this.truncate();
    if (reader.takes("describe") || reader.takes("desc")) return this.describe();
    throw reader.problem();
  }

  private put(path: readonly string[], value: unknown): void {
    this.host.tell(this.host.store.put(path, value, this.host.now()));
  }

  private remove(entries: readonly Entry[]): void {
    this.host.tell(this.host.store.remove(entries, this.host.now()));
  }

  private use(): CqlAnswer {
    const keyspace = this.reader.name();
    this.reader.end();
    this.known(keyspace);
    this.session.keyspace = keyspace;
    return { kind: "used", keyspace };
  }

  private known(keyspace: string): void {
    if (!SYSTEM.includes(keyspace) && this.host.store.get([keyspace]) === undefined)
      throw invalid(`Keyspace '${keyspace}' does not exist`);
  }

  private createKeyspace(): CqlAnswer {
    const { reader } = this;
    const unlessThere = reader.takes("if", "not", "exists");
    const name = reader.name();
    keyspaceOptions(reader);
    reader.end();
    if (this.host.store.get([name]) !== undefined) {
      if (unlessThere) return DONE;
      throw new CqlError(`AlreadyExists: Keyspace '${name}' already exists`);
    }
    this.put([name], {});
    return DONE;
  }

  /** A table's path; the keyspace has to be there. */
  private place(): [keyspace: string, table: string] {
    const first = this.reader.name();
    const [keyspace, table] = this.reader.takes(".") ? [first, this.reader.name()] : [this.session.keyspace, first];
    if (keyspace === "")
      throw invalid("No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename");
    this.known(keyspace);
    return [keyspace, table];
  }

  private table(path: readonly [string, string]): Table {
    const table = this.host.store.get(path) as Table | undefined;
    if (table === undefined) throw invalid(`table ${path[1]} does not exist`);
    return table;
  }

  private createTable(): CqlAnswer {
    const { reader } = this;
    const unlessThere = reader.takes("if", "not", "exists");
    const path = this.place();
    const types: [string, string][] = [];
    let keys: { partition: string[]; clustering: string[] } | undefined;
    reader.expect("(");
    reader.list(() => {
      if (reader.takes("primary", "key")) {
        keys = this.primaryKey();
        return;
      }
      const name = reader.name();
      types.push([name, columnType(reader, path[0])]);
      if (reader.takes("primary", "key")) keys = { partition: [name], clustering: [] };
    });
    reader.expect(")");
    const descending = reader.takes("with") ? tableOptions(reader) : [];
    reader.end();
    if (keys === undefined) throw invalid("No PRIMARY KEY specifed (exactly one required)");
    if (this.host.store.get(path) !== undefined) {
      if (unlessThere) return DONE;
      throw new CqlError(`AlreadyExists: Table '${path.join(".")}' already exists`);
    }
    const first = [...keys.partition, ...keys.clustering];
    const unknown = first.find((name) => !types.some(([each]) => each === name));
    if (unknown !== undefined)
      throw invalid(`Unknown column '${unknown}' referenced in PRIMARY KEY for table '${path[1]}'`);
    // As Cassandra shows them: the key, then the others by name.
    const others = types.map(([name]) => name).filter((name) => !first.includes(name));
    const byName = new Map(types);
    const columns = Object.fromEntries([...first, ...others.toSorted()].map((name) => [name, byName.get(name) ?? ""]));
    const unordered = descending.find((name) => !keys?.clustering.includes(name));
    if (unordered !== undefined)
      throw invalid(`Only clustering key columns can be defined in CLUSTERING ORDER directive`);
    this.put(path, { columns, ...keys, descending });
    return DONE;
  }

  private primaryKey(): { partition: string[]; clustering: string[] } {
    const { reader } = this;
    reader.expect("(");
    const isSeveral = reader.takes("(");
    const partition = isSeveral ? reader.list(() => reader.name()) : [reader.name()];
    if (isSeveral) reader.expect(")");
    const clustering = reader.takes(",") ? reader.list(() => reader.name()) : [];
    reader.expect(")");
    return { partition, clustering };
  }

  private drop(): CqlAnswer {
    const { reader } = this;
    const isKeyspace = reader.takes("keyspace");
    if (!isKeyspace) reader.expect("table");
    const ifThere = reader.takes("if", "exists");
    const path = isKeyspace ? [reader.name()] : this.place();
    reader.end();
    if (this.host.store.get(path) === undefined) {
      if (ifThere) return DONE;
      throw invalid(isKeyspace ? `Keyspace '${path[0]}' doesn't exist` : `Table '${path.join(".")}' doesn't exist`);
    }
    this.remove(this.host.store.within(path));
    return DONE;
  }

  private column(path: readonly [string, string], table: Table, name: string): void {
    if (!Object.hasOwn(table.columns, name)) throw invalid(`Undefined column name ${name} in table ${path.join(".")}`);
  }

  /** The row's key; all of the primary key has to be there. */
  private keyOf(table: Table, row: Row): string {
    for (const [part, names] of [
      ["partition", table.partition],
      ["clustering", table.clustering],
    ] as const) {
      const missing = names.filter((name) => row[name] === undefined || row[name] === null);
      if (missing.length > 0) throw invalid(`Some ${part} key parts are missing: ${missing.join(", ")}`);
    }
    return JSON.stringify([...table.partition, ...table.clustering].map((name) => row[name]));
  }

  private checked(table: Table, name: string, value: CqlValue): CqlValue {
    const type = table.columns[name] ?? "";
    const isText = /^(text|varchar|ascii|uuid|timeuuid|timestamp|date|time|inet|blob)$/.test(type);
    const fits =
      value === null ||
      (type === "boolean" ? typeof value === "boolean" : typeof value === (isText ? "string" : "number"));
    if (fits) return value;
    const given = typeof value === "string" ? "STRING" : typeof value === "number" ? "INTEGER" : "BOOLEAN";
    throw invalid(`Invalid ${given} constant (${String(value)}) for \\"${name}\\" of type ${type}`);
  }

  private insert(): CqlAnswer {
    const { reader, host } = this;
    const path = this.place();
    const table = this.table(path);
    const names = reader.names();
    reader.expect("values", "(");
    const values = reader.list(() => reader.value(() => host.makeId()));
    reader.expect(")");
    const unlessThere = reader.takes("if", "not", "exists");
    reader.end();
    if (names.length !== values.length) throw invalid("Unmatched column names/values");
    for (const name of names) this.column(path, table, name);
    const row = Object.fromEntries(names.map((name, at) => [name, this.checked(table, name, values[at] ?? null)]));
    const key = this.keyOf(table, row);
    const before = host.store.get([...path, key]) as Row | undefined;
    const applied = !unlessThere || before === undefined;
    // An INSERT is an UPDATE: columns that it leaves out stay.
    if (applied) this.put([...path, key], { ...before, ...row });
    return unlessThere ? { kind: "rows", columns: ["[applied]"], rows: [[applied]] } : DONE;
  }

  private where(path: readonly [string, string], table: Table): Row {
    const { reader, host } = this;
    const row: Row = {};
    if (!reader.takes("where")) return row;
    do {
      const name = reader.name();
      this.column(path, table, name);
      reader.expect("=");
      row[name] = this.checked(
        table,
        name,
        reader.value(() => host.makeId()),
      );
    } while (reader.takes("and"));
    return row;
  }

  private select(): CqlAnswer {
    const { reader, host } = this;
    const counts = reader.takes("count", "(", "*", ")");
    const names = counts || reader.takes("*") ? [] : reader.list(() => reader.name());
    reader.expect("from");
    const path = this.place();
    if (path.join(".") === "system.local") return this.shown([host.local], names, Object.keys(host.local));
    const table = this.table(path);
    for (const name of names) this.column(path, table, name);
    const wanted = this.where(path, table);
    let limit = Infinity;
    if (reader.takes("limit")) limit = Number(reader.value(() => ""));
    const filters = reader.takes("allow", "filtering");
    reader.end();
    const key = [...table.partition, ...table.clustering];
    const asked = Object.keys(wanted);
    const whole = asked.length === 0 || table.partition.every((name) => asked.includes(name));
    if (!filters && (!whole || asked.some((name) => !key.includes(name))))
      throw invalid(
        "Cannot execute this query as it might involve data filtering and thus may have unpredictable performance. If you want to execute this query despite the performance unpredictability, use ALLOW FILTERING",
      );
    const rows = this.rows(path, table).filter((row) => asked.every((name) => row[name] === wanted[name]));
    if (counts) return { kind: "rows", columns: ["count"], rows: [[rows.length]] };
    return this.shown(rows.slice(0, limit), names, Object.keys(table.columns));
  }

  /** **Simplified:** by their keys, where Cassandra goes by the hash of the partition. */
  private rows(path: readonly [string, string], table: Table): Row[] {
    const key = [...table.partition, ...table.clustering];
    const rows = this.host.store.below(path).map(({ value }) => value as Row);
    const compare = (a: CqlValue, b: CqlValue): number =>
      typeof a === "number" && typeof b === "number"
        ? a - b
        : String(a) < String(b)
          ? -1
          : String(a) > String(b)
            ? 1
            : 0;
    return rows.sort((a, b) => {
      for (const name of key) {
        const order = compare(a[name] ?? null, b[name] ?? null);
        if (order !== 0) return table.descending.includes(name) ? -order : order;
      }
      return 0;
    });
  }

  private shown(rows: readonly Row[], names: readonly string[], all: readonly string[]): CqlAnswer {
    const columns = names.length === 0 ? [...all] : [...names];
    return { kind: "rows", columns, rows: rows.map((row) => columns.map((name) => row[name] ?? null)) };
  }

  private update(): CqlAnswer {
    const { reader, host } = this;
    const path = this.place();
    const table = this.table(path);
    reader.expect("set");
    const changes = reader.list((): [string, CqlValue] => {
      const name = reader.name();
      this.column(path, table, name);
      if ([...table.partition, ...table.clustering].includes(name))
        throw invalid(`PRIMARY KEY part ${name} found in SET part`);
      reader.expect("=");
      return [
        name,
        this.checked(
          table,
          name,
          reader.value(() => host.makeId()),
        ),
      ];
    });
    const wanted = this.where(path, table);
    reader.end();
    const key = this.keyOf(table, wanted);
    const before = host.store.get([...path, key]) as Row | undefined;
    this.put([...path, key], { ...before, ...wanted, ...Object.fromEntries(changes) });
    return DONE;
  }

  private delete(): CqlAnswer {
    const { reader, host } = this;
    reader.expect("from");
    const path = this.place();
    const table = this.table(path);
    const wanted = this.where(path, table);
    reader.end();
    const missing = table.partition.filter((name) => !(name in wanted));
    if (missing.length > 0) throw invalid(`Some partition key parts are missing: ${missing.join(", ")}`);
    const rows = host.store.below(path);
    this.remove(
      rows.filter((row) => Object.entries(wanted).every(([name, value]) => (row.value as Row)[name] === value)),
    );
    return DONE;
  }

  private truncate(): CqlAnswer {
    this.reader.takes("table");
    const path = this.place();
    this.table(path);
    this.reader.end();
    this.remove(this.host.store.below(path));
    return DONE;
  }

  private describe(): CqlAnswer {
    const { reader, session, host } = this;
    const what = reader.name();
    reader.end();
    const listed = (names: Iterable<string>): CqlAnswer => ({
      kind: "rows",
      columns: [],
      rows: [...names].toSorted().map((name) => [name]),
    });
    const below = (path: readonly string[]): string[] => host.store.below(path).map((each) => each.path.at(-1) ?? "");
    if (what === "keyspaces") return listed([...below([]), ...SYSTEM]);
    if (what === "tables" && session.keyspace !== "") return listed(below([session.keyspace]));
    throw reader.problem();
  }
}
