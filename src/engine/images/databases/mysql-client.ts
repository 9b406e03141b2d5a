/**
 * `mysql` and `mysqladmin`. **Simplified:** options are those that tutorials use; output is a table on a terminal and
 * columns between tabs elsewhere.
 */
import { SystemError } from "../../base/program.ts";
import type { Program, ProgramContext } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { readAll, readLine, write } from "../../base/syscalls.ts";
import { isOwnHost } from "./bound-address.ts";
import { ask, logIn } from "./sql-client.ts";
import type { SqlConnection } from "./sql-client.ts";
import { problemText } from "./mysql-problems.ts";
import type { Outcome } from "./sql-engine.ts";
import { splitStatements } from "./sql-lexer.ts";
import type { Value } from "./sql-parser.ts";

const LONG: Readonly<Record<string, string>> = {
  host: "h",
  user: "u",
  password: "p",
  port: "P",
  execute: "e",
  database: "D",
  "skip-column-names": "N",
  batch: "B",
  table: "t",
  silent: "s",
};
const VALUES = "huPeDp";

interface Options {
  values: Record<string, string>;
  operands: string[];
}

/** `-pSECRET` sticks to its letter; a `-p` alone asks, and here there is nobody to ask: it means an empty one. */
function optionsOf(argv: readonly string[]): Options | string {
  const options: Options = { values: {}, operands: [] };
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] as string;
    const long = /^--([\w-]+)(?:=([\s\S]*))?$/.exec(word);
    const letter =
      long === null ? (word.startsWith("-") && word.length > 1 ? word[1] : undefined) : LONG[long[1] as string];
    if (letter === undefined) {
      if (word.startsWith("-") && word !== "-") return word;
      options.operands.push(word);
      continue;
    }
    const attached = long === null ? word.slice(2) : long[2];
    if (!VALUES.includes(letter)) options.values[letter] = "";
    else if (letter === "p") options.values["p"] = attached ?? "";
    else options.values[letter] = attached !== undefined && attached !== "" ? attached : (argv[++i] ?? "");
  }
  return options;
}

function cell(value: Value): string {
  return value === null ? "NULL" : String(value);
}

function tableText(columns: readonly string[], rows: readonly Value[][]): string {
  const widths = columns.map((column, at) =>
    Math.max(column.length, ...rows.map((row) => cell(row[at] ?? null).length)),
  );
  const rule = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+\n`;
  const line = (values: readonly Value[]): string =>
    `|${values
      .map((value, at) => {
        const text = cell(value);
        const room = widths[at] ?? 0;
        return ` ${typeof value === "number" ? text.padStart(room) : text.padEnd(room)} `;
      })
      .join("|")}|\n`;
  return `${rule}${line(columns)}${rule}${rows.map(line).join("")}${rule}`;
}

/** As `\\G` asks: a line for each column. */
function verticalText(columns: readonly string[], rows: readonly Value[][]): string {
  const width = Math.max(...columns.map((column) => column.length));
  const stars = "*".repeat(27);
  return rows
    .map((row, at) => {
      const lines = columns.map((column, index) => `${column.padStart(width)}: ${cell(row[index] ?? null)}\n`);
      return `${stars} ${at + 1}. row ${stars}\n${lines.join("")}`;
    })
    .join("");
}

interface Style {
  /** Draws tables and says how many rows. */
  drawn: boolean;
  chatty: boolean;
  headed: boolean;
  vertical?: boolean;
}

function outcomeText(outcome: Outcome, style: Style): string {
  const amount = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
  switch (outcome.kind) {
    case "rows": {
      const { columns, rows } = outcome;
      if (rows.length === 0) return style.chatty ? "Empty set (0.00 sec)\n\n" : "";
      if (style.vertical === true)
        return `${verticalText(columns, rows)}${style.chatty ? `${amount(rows.length, "row")} in set (0.00 sec)\n\n` : ""}`;
      if (style.drawn)
        return `${tableText(columns, rows)}${style.chatty ? `${amount(rows.length, "row")} in set (0.00 sec)\n\n` : ""}`;
      const lines = rows.map((row) => `${row.map(cell).join("\t")}\n`).join("");
      return style.headed ? `${columns.join("\t")}\n${lines}` : lines;
    }
    case "done":
      return style.chatty ? `Query OK, ${amount(outcome.rows, "row")} affected (0.01 sec)\n\n` : "";
    case "used":
      return style.chatty ? "Database changed\n" : "";
    case "problem":
      return "";
  }
}

function connectProblem(error: unknown, host: string, port: number): string {
  if (!(error instanceof SystemError)) throw error;
  if (error.errno === "ENOTFOUND" || error.errno === "EAI_AGAIN")
    return `ERROR 2005 (HY000): Unknown MySQL server host '${host}' (-2)`;
  if (host === "localhost")
    return "ERROR 2002 (HY000): Can't connect to local MySQL server through socket '/var/run/mysqld/mysqld.sock' (2)";
  const number = error.errno === "ECONNREFUSED" ? 111 : error.errno === "EHOSTUNREACH" ? 113 : 110;
  return `ERROR 2003 (HY000): Can't connect to MySQL server on '${host}:${port}' (${number})`;
}

/** Logs in by the options; undefined when that failed, which has been said. */
function* open(
  ctx: ProgramContext,
  options: Options,
  port: number,
): Call<(SqlConnection & { database: string }) | undefined> {
  const { values, operands } = options;
  const host = values["h"] ?? "localhost";
  const user = values["u"] ?? ctx.user.name;
  const password = values["p"] ?? ctx.env["MYSQL_PWD"] ?? "";
  const database = values["D"] ?? operands[0] ?? "";
  try {
    const connection = yield* logIn({ host, port: Number(values["P"] ?? port) }, { user, password, database });
    const { answer } = connection;
    if (answer.ok) return { ...connection, database };
    const told =
      answer.problem === "password"
        ? `ERROR 1045 (28000): Access denied for user '${user}'@'${isOwnHost(answer.client) ? "localhost" : answer.client}' (using password: ${password === "" ? "NO" : "YES"})`
        : `ERROR 1049 (42000): Unknown database '${database}'`;
    yield* write(2, `${told}\n`);
  } catch (error) {
    yield* write(2, `${connectProblem(error, host, port)}\n`);
  }
  return undefined;
}

const PASSWORD_WARNING = "[Warning] Using a password on the command line interface can be insecure.\n";

export function mysqlClient(port: number): Program {
  return function* (ctx, argv) {
    const options = optionsOf(argv);
    if (typeof options === "string") {
      yield* write(2, `mysql: [ERROR] unknown option '${options}'\n`);
      return 7;
    }
    const { values } = options;
    if ((values["p"] ?? "") !== "") yield* write(2, `mysql: ${PASSWORD_WARNING}`);
    const connection = yield* open(ctx, options, port);
    if (connection === undefined) return 1;
    const onTerminal = ctx.tty(0) !== undefined && values["e"] === undefined;
    const drawn = values["t"] !== undefined || (ctx.tty(1) !== undefined && values["B"] === undefined);
    const style: Style = { drawn, chatty: onTerminal, headed: values["N"] === undefined };
    if (onTerminal) return yield* converse(connection, style);
    const statements = values["e"] === undefined ? statementsIn(yield* readAll(0)) : statementsIn(values["e"]);
    for (const statement of statements) if (!(yield* perform(connection, statement, style))) return 1;
    return 0;
  };
}

/** `\\g` and `\\G` end a statement too. */
function ended(text: string): string {
  return text.replace(/\\([gG])\s*;?/g, "\\$1;");
}

function statementsIn(text: string): string[] {
  const { statements, rest } = splitStatements(ended(text));
  return rest.trim() === "" ? statements : [...statements, rest.trim()];
}

/** False after an error. */
function* perform(connection: SqlConnection & { database: string }, statement: string, style: Style): Call<boolean> {
  const outcome = yield* ask(connection.fd, statement.replace(/\\[gG]$/, ""));
  if (outcome === undefined) {
    yield* write(2, "ERROR 2013 (HY000): Lost connection to MySQL server during query\n");
    return false;
  }
  if (outcome.kind === "used") connection.database = outcome.name;
  if (outcome.kind !== "problem") {
    yield* write(1, outcomeText(outcome, statement.endsWith("\\G") ? { ...style, vertical: true } : style));
    return true;
  }
  const text = problemText(outcome.problem, connection.database);
  yield* write(2, `${style.chatty ? text.replace(" at line 1:", ":") : text}\n`);
  return false;
}

function* converse(connection: SqlConnection & { database: string }, style: Style): Call<number> {
  const version = connection.answer.ok ? connection.answer.version : "";
  yield* write(1, `Welcome to the MySQL monitor.  Commands end with ; or \\g.\nServer version: ${version}\n\n`);
  const history: string[] = [];
  let text = "";
  for (;;) {
    const line = yield* readLine(text === "" ? "mysql> " : "    -> ", { history });
    if (line === null || /^\s*(exit|quit|\\q)\s*;?\s*$/i.test(line)) {
      yield* write(1, "Bye\n");
      return 0;
    }
    history.push(line);
    const { statements, rest } = splitStatements(ended(`${text}${line}\n`));
    text = rest.trim() === "" ? "" : rest;
    for (const statement of statements) yield* perform(connection, statement, style);
  }
}

/** `mysqladmin ping`, as probes use it. */
export function mysqlAdmin(port: number): Program {
  return function* (ctx, argv) {
    const options = optionsOf(argv);
    if (typeof options === "string" || options.operands[0] === undefined) {
      yield* write(2, "mysqladmin: only `ping` is simulated\n");
      return 1;
    }
    const { values, operands } = options;
    const [command] = operands;
    const host = values["h"] ?? "localhost";
    if ((values["p"] ?? "") !== "") yield* write(2, `mysqladmin: ${PASSWORD_WARNING}`);
    try {
      const login = { user: values["u"] ?? ctx.user.name, password: values["p"] ?? "", database: "" };
      yield* logIn({ host, port: Number(values["P"] ?? port) }, login);
      if (command === "ping") {
        // It is alive, whoever asks.
        yield* write(1, "mysqld is alive\n");
        return 0;
      }
      yield* write(2, `mysqladmin: '${command}' is not simulated\n`);
    } catch (error) {
      const text = connectProblem(error, host, port).replace(/^ERROR \d+ \(\w+\): /, "");
      yield* write(2, `mysqladmin: connect to server at '${host}' failed\nerror: '${text}'\n`);
    }
    return 1;
  };
}
