/** Databases with their tables, kept as JSON text so that a volume keeps them, and what a statement does to them. */
import type { DoubleQuotes } from "./sql-lexer.ts";
import { parseSql, SyntaxProblem } from "./sql-parser.ts";
import type { ColumnDefinition, Condition, Expression, Statement, Value } from "./sql-parser.ts";

interface Table {
  columns: ColumnDefinition[];
  rows: Value[][];
  next: number;
}

interface Database {
  tables: Record<string, Table>;
}

export type Problem =
  | { kind: "syntax"; near: string }
  | {
      kind:
        | "unknown-database"
        | "database-exists"
        | "unknown-table"
        | "table-exists"
        | "unknown-column"
        | "no-database";
      name: string;
    }
  | { kind: "duplicate"; name: string; table: string }
  | { kind: "column-count"; name: string }
  /** What only one server says, in its own words. */
  | { kind: "own"; code: number; state: string; text: string };

export type Outcome =
  | { kind: "rows"; columns: string[]; rows: Value[][] }
  /** `tag`: what was done, `INSERT`; with how many rows. */
  | { kind: "done"; tag: string; rows: number }
  | { kind: "used"; name: string }
  | { kind: "problem"; problem: Problem };

class Refusal extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.kind);
    this.problem = problem;
  }
}

export interface SqlSession {
  database: string;
  user: string;
}

export interface SqlDialect {
  /** What `SELECT VERSION()` says. */
  version: string;
  /** Databases that are there from the beginning. */
  builtIn: readonly string[];
  doubleQuotes: DoubleQuotes;
}

/** System variables by name (`server_id`) as they are now; undefined: there is none of that name. */
export type Variables = (name: string) => Value | undefined;

export class SqlEngine {
  /** Answers `SELECT @@name`, where there is such a thing. */
  variables: Variables | undefined;
  private readonly dialect: SqlDialect;
  private readonly now: () => number;
  private databases: Record<string, Database>;

  constructor(dialect: SqlDialect, now: () => number) {
    this.dialect = dialect;
    this.now = now;
    this.databases = Object.fromEntries(dialect.builtIn.map((name) => [name, { tables: {} }]));
  }

  load(text: string): void {
    this.databases = JSON.parse(text) as Record<string, Database>;
  }

  save(): string {
    return JSON.stringify(this.databases);
  }

  has(database: string): boolean {
    return Object.hasOwn(this.databases, database);
  }

  names(): string[] {
    return Object.keys(this.databases).sort();
  }

  create(database: string): void {
    this.databases[database] ??= { tables: {} };
  }

  run(sql: string, session: SqlSession): Outcome {
    try {
      return this.execute(parseSql(sql, this.dialect.doubleQuotes), session);
    } catch (error) {
      if (error instanceof Refusal) return { kind: "problem", problem: error.problem };
      if (error instanceof SyntaxProblem) return { kind: "problem", problem: { kind: "syntax", near: error.near } };
      throw error;
    }
  }

  private execute(statement: Statement, session: SqlSession): Outcome {
    switch (statement.kind) {
      case "create-database":
        return this.createDatabase(statement.name, statement.unlessThere);
      case "drop-database":
        if (!this.has(statement.name) && !statement.ifThere)
          throw new Refusal({ kind: "unknown-database", name: statement.name });
        delete this.databases[statement.name];
        return { kind: "done", tag: "DROP DATABASE", rows: 0 };
      case "use":
        if (!this.has(statement.name)) throw new Refusal({ kind: "unknown-database", name: statement.name });
        session.database = statement.name;
        return { kind: "used", name: statement.name };
      case "show":
        return this.show(statement.what, session);
      case "create-table":
        return this.createTable(statement, session);
      case "drop-table": {
        const { tables, key } = this.place(statement.name, session);
        if (!Object.hasOwn(tables, key) && !statement.ifThere)
          throw new Refusal({ kind: "unknown-table", name: statement.name });
        delete tables[key];
        return { kind: "done", tag: "DROP TABLE", rows: 0 };
      }
      case "describe": {
        const { columns } = this.table(statement.name, session);
        const rows = columns.map(({ name, type, primary, counts }): Value[] => [
          name,
          type,
          primary ? "NO" : "YES",
          primary ? "PRI" : "",
          null,
          counts ? "auto_increment" : "",
        ]);
        return { kind: "rows", columns: ["Field", "Type", "Null", "Key", "Default", "Extra"], rows };
      }
      case "insert":
        return this.insert(statement, session);
      case "select":
        return this.select(statement, session);
      case "update": {
        const table = this.table(statement.table, session);
        const set = statement.set.map(({ column, value }) => ({ at: indexOf(table, column), value }));
        const rows = matching(table, statement.where);
        for (const row of rows) for (const { at, value } of set) row[at] = value;
        return { kind: "done", tag: "UPDATE", rows: rows.length };
      }
      case "delete": {
        const table = this.table(statement.table, session);
        const gone = new Set(matching(table, statement.where));
        table.rows = table.rows.filter((row) => !gone.has(row));
        return { kind: "done", tag: "DELETE", rows: gone.size };
      }
    }
  }

  private createDatabase(name: string, unlessThere: boolean): Outcome {
    if (this.has(name) && !unlessThere) throw new Refusal({ kind: "database-exists", name });
    this.create(name);
    return { kind: "done", tag: "CREATE DATABASE", rows: 1 };
  }

  private show(what: "databases" | "tables", session: SqlSession): Outcome {
    if (what === "databases") return { kind: "rows", columns: ["Database"], rows: this.names().map((name) => [name]) };
    const names = Object.keys(this.current(session).tables).sort();
    return { kind: "rows", columns: [`Tables_in_${session.database}`], rows: names.map((name) => [name]) };
  }

  private createTable(statement: Statement & { kind: "create-table" }, session: SqlSession): Outcome {
    const { name, columns, unlessThere } = statement;
    const { tables, key } = this.place(name, session);
    if (Object.hasOwn(tables, key)) {
      if (!unlessThere) throw new Refusal({ kind: "table-exists", name });
    } else {
      tables[key] = { columns, rows: [], next: 1 };
    }
    return { kind: "done", tag: "CREATE TABLE", rows: 0 };
  }

  private insert(statement: Statement & { kind: "insert" }, session: SqlSession): Outcome {
    const table = this.table(statement.table, session);
    const names = statement.columns.length > 0 ? statement.columns : table.columns.map(({ name }) => name);
    const places = names.map((name) => indexOf(table, name));
    const key = table.columns.findIndex(({ primary }) => primary);
    for (const values of statement.rows) {
      if (values.length !== places.length) throw new Refusal({ kind: "column-count", name: statement.table });
      const row = table.columns.map(({ counts }, index): Value => {
        const given = places.indexOf(index);
        return given >= 0 ? (values[given] ?? null) : counts ? table.next++ : null;
      });
      if (key >= 0 && table.rows.some((other) => other[key] === row[key])) {
        throw new Refusal({ kind: "duplicate", name: String(row[key]), table: statement.table });
      }
      table.rows.push(row);
    }
    return { kind: "done", tag: "INSERT", rows: statement.rows.length };
  }

  private select(statement: Statement & { kind: "select" }, session: SqlSession): Outcome {
    const { expressions, table: name, where, order, limit } = statement;
    if (name === "") {
      const columns = expressions.map((expression) => titleOf(expression));
      return { kind: "rows", columns, rows: [expressions.map((expression) => this.constant(expression, session))] };
    }
    const table = this.table(name, session);
    let rows = matching(table, where);
    if (expressions.some((expression) => expression.kind === "call" && expression.name === "count")) {
      const values = expressions.map((expression) =>
        expression.kind === "call" && expression.name === "count" ? rows.length : this.constant(expression, session),
      );
      return { kind: "rows", columns: expressions.map(titleOf), rows: [values] };
    }
    if (order !== undefined) {
      const at = indexOf(table, order.column);
      const sign = order.descending ? -1 : 1;
      rows = rows.toSorted((a, b) => sign * compare(a[at] ?? null, b[at] ?? null));
    }
    if (limit !== undefined) rows = rows.slice(0, limit);
    const columns = expressions.flatMap((expression) =>
      expression.kind === "all" ? table.columns.map((column) => column.name) : [titleOf(expression)],
    );
    const shown = rows.map((row) =>
      expressions.flatMap((expression): Value[] => {
        if (expression.kind === "all") return row;
        return [
          expression.kind === "column"
            ? (row[indexOf(table, expression.name)] ?? null)
            : this.constant(expression, session),
        ];
      }),
    );
    return { kind: "rows", columns, rows: shown };
  }

  private constant(expression: Expression, session: SqlSession): Value {
    if (expression.kind === "constant") return expression.value;
    if (expression.kind !== "call")
      throw new Refusal({ kind: "unknown-column", name: expression.kind === "column" ? expression.name : "*" });
    switch (expression.name) {
      case "version":
      case "@@version":
        return this.dialect.version;
      case "now":
      case "current_timestamp":
        return new Date(this.now()).toISOString().slice(0, 19).replace("T", " ");
      case "database":
      case "current_database":
        return session.database === "" ? null : session.database;
      case "user":
      case "current_user":
        return session.user;
      default: {
        const variable = /^@@(?:global\.|session\.)?(\w+)$/.exec(expression.name)?.[1];
        if (variable === undefined || this.variables === undefined)
          throw new Refusal({ kind: "syntax", near: expression.text });
        const value = this.variables(variable);
        if (value !== undefined) return value;
        throw new Refusal({ kind: "own", code: 1193, state: "HY000", text: `Unknown system variable '${variable}'` });
      }
    }
  }

  private current({ database }: SqlSession): Database {
    const found = database === "" ? undefined : this.databases[database];
    if (found === undefined) throw new Refusal({ kind: "no-database", name: database });
    return found;
  }

  /** Where a table called `name` or `database.name` is, or would be. */
  private place(name: string, session: SqlSession): { tables: Record<string, Table>; key: string } {
    const [first = "", second] = name.split(".");
    if (second === undefined || first === "public")
      return { tables: this.current(session).tables, key: second ?? first };
    return { tables: this.current({ ...session, database: first }).tables, key: second };
  }

  private table(name: string, session: SqlSession): Table {
    const { tables, key } = this.place(name, session);
    const table = Object.hasOwn(tables, key) ? tables[key] : undefined;
    if (table === undefined) throw new Refusal({ kind: "unknown-table", name });
    return table;
  }
}

function titleOf(expression: Expression): string {
  if (expression.kind === "all") return "*";
  return expression.kind === "column" ? expression.name : expression.text;
}

function indexOf(table: Table, column: string): number {
  const at = table.columns.findIndex(({ name }) => name.toLowerCase() === column.toLowerCase());
  if (at < 0) throw new Refusal({ kind: "unknown-column", name: column });
  return at;
}

function matching(table: Table, where: readonly Condition[]): Value[][] {
  const tests = where.map(({ column, operator, value }) => ({ at: indexOf(table, column), operator, value }));
  return table.rows.filter((row) => tests.every(({ at, operator, value }) => holds(row[at] ?? null, operator, value)));
}

function holds(left: Value, operator: string, right: Value): boolean {
  if (left === null || right === null) return false;
  if (operator === "like") {
    const pattern = String(right)
      .replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
      .replaceAll("%", ".*")
      .replaceAll("_", ".");
    return new RegExp(`^${pattern}$`, "i").test(String(left));
  }
  const order = compare(left, right);
  switch (operator) {
    case "=":
      return order === 0;
    case "<":
      return order < 0;
    case ">":
      return order > 0;
    case "<=":
      return order <= 0;
    case ">=":
      return order >= 0;
    default:
      return order !== 0;
  }
}

function compare(left: Value, right: Value): number {
  if (typeof left === "number" || typeof right === "number") return Number(left) - Number(right);
  return String(left) < String(right) ? -1 : String(left) > String(right) ? 1 : 0;
}
