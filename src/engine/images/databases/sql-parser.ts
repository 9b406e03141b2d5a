/**
 * The part of SQL that tutorials type at a database in a pod. **Simplified:** one table a query, conditions joined by AND,
 * no functions beside those named in `sql-engine.ts`, no joins, views, indexes or transactions; what isn't here is a syntax error.
 */
import { tokensOf } from "./sql-lexer.ts";
import type { DoubleQuotes, Token } from "./sql-lexer.ts";

export type Value = string | number | null;
export interface Condition {
  column: string;
  operator: string;
  value: Value;
}
export interface ColumnDefinition {
  name: string;
  type: string;
  /** Filled with the next number where a row leaves it out. */
  counts: boolean;
  primary: boolean;
}
/** A column, a constant, or a function by its name. */
export type Expression =
  | { kind: "column"; name: string }
  | { kind: "constant"; value: Value; text: string }
  | { kind: "call"; name: string; text: string }
  | { kind: "all" };

export type Statement =
  | { kind: "create-database"; name: string; unlessThere: boolean }
  | { kind: "drop-database"; name: string; ifThere: boolean }
  | { kind: "use"; name: string }
  | { kind: "show"; what: "databases" | "tables" }
  | { kind: "create-table"; name: string; columns: ColumnDefinition[]; unlessThere: boolean }
  | { kind: "drop-table"; name: string; ifThere: boolean }
  | { kind: "describe"; name: string }
  | { kind: "insert"; table: string; columns: string[]; rows: Value[][] }
  | {
      kind: "select";
      expressions: Expression[];
      table: string;
      where: Condition[];
      order: { column: string; descending: boolean } | undefined;
      limit: number | undefined;
    }
  | { kind: "update"; table: string; set: { column: string; value: Value }[]; where: Condition[] }
  | { kind: "delete"; table: string; where: Condition[] };

/** A statement that could not be read; `near` is where reading stopped. */
export class SyntaxProblem extends Error {
  readonly near: string;

  constructor(near: string) {
    super(near);
    this.near = near;
  }
}

export function parseSql(sql: string, doubleQuotes: DoubleQuotes): Statement {
  const tokens = tokensOf(sql, doubleQuotes);
  if (tokens === undefined) throw new SyntaxProblem(sql);
  const parser = new Parser(tokens);
  const statement = parser.statement();
  parser.end();
  return statement;
}

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  statement(): Statement {
    if (this.takes("create")) return this.create();
    if (this.takes("drop")) return this.drop();
    if (this.takes("use")) return { kind: "use", name: this.name() };
    if (this.takes("show"))
      return { kind: "show", what: this.oneOf({ databases: "databases", schemas: "databases", tables: "tables" }) };
    if (this.takes("describe") || this.takes("desc")) return { kind: "describe", name: this.name() };
    if (this.takes("insert")) return this.insert();
    if (this.takes("select")) return this.select();
    if (this.takes("update")) return this.update();
    if (this.takes("delete")) {
      this.expect("from");
      return { kind: "delete", table: this.name(), where: this.where() };
    }
    throw this.problem();
  }

  end(): void {
    if (this.at < this.tokens.length) throw this.problem();
  }

  private create(): Statement {
    const isDatabase = this.takes("database") || this.takes("schema");
    if (!isDatabase) this.expect("table");
    const unlessThere = this.takes("if");
    if (unlessThere) {
      this.expect("not");
      this.expect("exists");
    }
    const name = this.name();
    if (isDatabase) return { kind: "create-database", name, unlessThere };
    const columns = this.list(() => this.column()).filter((column) => column !== undefined);
    return { kind: "create-table", name, columns, unlessThere };
  }

  /** undefined: a constraint of the table, which is not kept. */
  private column(): ColumnDefinition | undefined {
    const first = this.peek();
    const constraint =
      first?.kind === "word" && !first.quoted && /^(primary|unique|constraint|foreign|key|index)$/i.test(first.text);
    const name = constraint ? "" : this.name();
    const words: string[] = [];
    for (let depth = 0; ; this.at++) {
      const token = this.peek();
      if (token === undefined) throw this.problem();
      if (depth === 0 && token.kind === "mark" && (token.text === "," || token.text === ")")) break;
      if (token.kind === "mark" && token.text === "(") depth++;
      if (token.kind === "mark" && token.text === ")") depth--;
      words.push(token.text);
    }
    if (constraint) return undefined;
    const text = words.join(" ").toLowerCase();
    const type = text.split(" ")[0] ?? "text";
    return { name, type, counts: /auto_increment|serial|generated/.test(text), primary: text.includes("primary key") };
  }

  private drop(): Statement {
    const isDatabase = this.takes("database") || this.takes("schema");
    if (!isDatabase) this.expect("table");
    const ifThere = this.takes("if");
    if (ifThere) this.expect("exists");
    const name = this.name();
    return isDatabase ? { kind: "drop-database", name, ifThere } : { kind: "drop-table", name, ifThere };
  }

  private insert(): Statement {
    this.expect("into");
    const table = this.name();
    const next = this.peek();
    const columns = next?.kind === "mark" && next.text === "(" ? this.list(() => this.name()) : [];
    this.expect("values");
    const rows = [this.list(() => this.value())];
    while (this.takes(",")) rows.push(this.list(() => this.value()));
    return { kind: "insert", table, columns, rows };
  }

  private select(): Statement {
    const expressions = [this.expression()];
    while (this.takes(",")) expressions.push(this.expression());
    const table = this.takes("from") ? this.name() : "";
    const where = this.where();
    let order: { column: string; descending: boolean } | undefined;
    if (this.takes("order")) {
      this.expect("by");
      const column = this.name();
      const descending = this.takes("desc");
      if (!descending) this.takes("asc");
      order = { column, descending };
    }
    const limit = this.takes("limit") ? Number(this.value()) : undefined;
    return { kind: "select", expressions, table, where, order, limit };
  }

  private expression(): Expression {
    const token = this.peek();
    if (this.takes("*")) return { kind: "all" };
    if (token?.kind !== "word") {
      const value = this.value();
      return { kind: "constant", value, text: String(value) };
    }
    const name = this.name();
    if (!this.takes("("))
      return token.text.startsWith("@") || /^current_/i.test(name)
        ? { kind: "call", name: name.toLowerCase(), text: name }
        : { kind: "column", name };
    const inside = this.takes("*") ? "*" : "";
    this.expect(")");
    return { kind: "call", name: name.toLowerCase(), text: `${name}(${inside})` };
  }

  private update(): Statement {
    const table = this.name();
    this.expect("set");
    const set = [this.assignment()];
    while (this.takes(",")) set.push(this.assignment());
    return { kind: "update", table, set, where: this.where() };
  }

  private assignment(): { column: string; value: Value } {
    const column = this.name();
    this.expect("=");
    return { column, value: this.value() };
  }

  private where(): Condition[] {
    const conditions: Condition[] = [];
    if (!this.takes("where")) return conditions;
    do {
      const column = this.name();
      const token = this.peek();
      const operator = token?.text.toLowerCase() ?? "";
      if (!/^(=|<|>|<=|>=|<>|!=|like)$/.test(operator)) throw this.problem();
      this.at++;
      conditions.push({ column, operator, value: this.value() });
    } while (this.takes("and"));
    return conditions;
  }

  private list<T>(item: () => T): T[] {
    this.expect("(");
    const items = [item()];
    while (this.takes(",")) items.push(item());
    this.expect(")");
    return items;
  }

  private value(): Value {
    const negative = this.takes("-");
    const token = this.peek();
    this.at++;
    if (token?.kind === "number") return Number(token.text) * (negative ? -1 : 1);
    if (token?.kind === "string" && !negative) return token.text;
    const word = token?.text.toLowerCase();
    if (word === "null") return null;
    if (word === "true" || word === "false") return word === "true" ? 1 : 0;
    this.at--;
    throw this.problem();
  }

  private name(): string {
    const token = this.peek();
    if (token?.kind !== "word") throw this.problem();
    this.at++;
    return token.text;
  }

  private oneOf<T>(choices: Record<string, T>): T {
    const token = this.peek();
    const choice = choices[token?.text.toLowerCase() ?? ""];
    if (choice === undefined) throw this.problem();
    this.at++;
    return choice;
  }

  private peek(): Token | undefined {
    return this.tokens[this.at];
  }

  private takes(text: string): boolean {
    const token = this.peek();
    if (token === undefined || token.kind === "string" || token.text.toLowerCase() !== text) return false;
    if (token.kind === "word" && token.quoted) return false;
    this.at++;
    return true;
  }

  private expect(text: string): void {
    if (!this.takes(text)) throw this.problem();
  }

  private problem(): SyntaxProblem {
    return new SyntaxProblem(
      this.tokens
        .slice(this.at)
        .map(({ kind, text }) => (kind === "string" ? `'${text}'` : text))
        .join(" "),
    );
  }
}
