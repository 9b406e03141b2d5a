/** `psql` and `pg_isready`. **Simplified:** the options and backslash commands that tutorials use. */
import { SystemError } from "../../base/program.ts";
import type { Program, ProgramContext } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { connect, close, readAll, readLine, resolve, write } from "../../base/syscalls.ts";
import { ask, logIn } from "./sql-client.ts";
import type { SqlConnection } from "./sql-client.ts";
import type { Outcome, Problem } from "./sql-engine.ts";
import { splitStatements } from "./sql-lexer.ts";
import type { Value } from "./sql-parser.ts";
import { TRUSTED } from "./sql-server.ts";

const LONG: Readonly<Record<string, string>> = {
  host: "h",
  port: "p",
  username: "U",
  dbname: "d",
  command: "c",
  "tuples-only": "t",
  "no-align": "A",
  list: "l",
  "no-password": "w",
  quiet: "q",
  file: "f",
  set: "v",
  variable: "v",
  "no-psqlrc": "X",
};
const VALUES = "hpUdcfv";

interface Options {
  values: Record<string, string>;
  commands: string[];
  files: string[];
  /** What `-v` sets, and `:name` stands for. */
  variables: Map<string, string>;
  operands: string[];
}

function optionsOf(argv: readonly string[]): Options | string {
  const options: Options = { values: {}, commands: [], files: [], variables: new Map(), operands: [] };
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] as string;
    const url = /^postgres(?:ql)?:\/\/([^:@/]*)(?::([^@]*))?@([^:/]+)(?::(\d+))?(?:\/(.*))?$/.exec(word);
    if (url !== null) {
      const [, user = "", password = "", host = "", port = "5432", database = ""] = url;
      Object.assign(options.values, { U: user, W: password, h: host, p: port, d: database });
      continue;
    }
    if (!word.startsWith("-") || word === "-") {
      options.operands.push(word);
      continue;
    }
    const long = /^--([\w-]+)(?:=([\s\S]*))?$/.exec(word);
    const letters = long === null ? word.slice(1) : LONG[long[1] as string];
    if (letters === undefined) return word;
    for (let at = 0; at < letters.length; at++) {
      const letter = letters[at] as string;
      if (!Object.values(LONG).includes(letter)) return word;
      if (!VALUES.includes(letter)) {
        options.values[letter] = "";
        continue;
      }
      const rest = letters.slice(at + 1);
      const value = long?.[2] ?? (rest !== "" ? rest : (argv[++i] ?? ""));
      if (letter === "c") options.commands.push(value);
      else if (letter === "f") options.files.push(value);
      else if (letter === "v") {
        const [name = "", ...text] = value.split("=");
        options.variables.set(name, text.join("="));
      } else options.values[letter] = value;
      break;
    }
  }
  return options;
}

function problemText(problem: Problem, statement: string): string {
  switch (problem.kind) {
    case "syntax": {
      const near = /^('[^']*'|\S+)/.exec(problem.near)?.[1] ?? "";
      if (near === "") return "ERROR:  syntax error at end of input";
      const at = Math.max(0, statement.indexOf(near));
      return `ERROR:  syntax error at or near "${near}"\nLINE 1: ${statement}\n${" ".repeat(8 + at)}^`;
    }
    case "unknown-database":
      return `ERROR:  database "${problem.name}" does not exist`;
    case "database-exists":
      return `ERROR:  database "${problem.name}" already exists`;
    case "unknown-table":
      return `ERROR:  relation "${problem.name}" does not exist`;
    case "table-exists":
      return `ERROR:  relation "${problem.name}" already exists`;
    case "unknown-column":
      return `ERROR:  column "${problem.name}" does not exist`;
    case "no-database":
      return "ERROR:  no database is open";
    case "duplicate":
      return `ERROR:  duplicate key value violates unique constraint "${problem.table}_pkey"\nDETAIL:  Key (id)=(${problem.name}) already exists.`;
    case "column-count":
      return "ERROR:  INSERT has more expressions than target columns";
    case "own":
      return `ERROR:  ${problem.text}`;
  }
}

function cell(value: Value): string {
  return value === null ? "" : String(value);
}

function tableText(
  columns: readonly string[],
  rows: readonly Value[][],
  style: { bare: boolean; aligned: boolean },
): string {
  if (!style.aligned) {
    const lines = rows.map((row) => `${row.map(cell).join("|")}\n`).join("");
    return style.bare ? lines : `${columns.join("|")}\n${lines}(${rows.length} row${rows.length === 1 ? "" : "s"})\n`;
  }
  const titles = columns.map((column) => column.replace(/\(\*?\)$/, ""));
  const widths = titles.map((title, at) => Math.max(title.length, ...rows.map((row) => cell(row[at] ?? null).length)));
  const last = titles.length - 1;
  const line = (values: readonly Value[]): string =>
    `${values
      .map((value, at) => {
        const text = cell(value);
        const room = widths[at] ?? 0;
        if (typeof value === "number") return ` ${text.padStart(room)}${at === last ? "" : " "}`;
        return at === last ? ` ${text}` : ` ${text.padEnd(room)} `;
      })
      .join("|")}\n`;
  const centred = (text: string, room: number): string => {
    const left = Math.floor((room - text.length) / 2);
    return ` ${" ".repeat(left)}${text}${" ".repeat(room - text.length - left)} `;
  };
  const body = rows.map(line).join("");
  if (style.bare) return `${body}\n`;
  const head = titles.map((title, at) => centred(title, widths[at] ?? 0)).join("|");
  const rule = widths.map((width) => "-".repeat(width + 2)).join("+");
  return `${head}\n${rule}\n${body}(${rows.length} row${rows.length === 1 ? "" : "s"})\n\n`;
}

function outcomeText(outcome: Outcome, options: Options): string {
  const style = { bare: options.values["t"] !== undefined, aligned: options.values["A"] === undefined };
  switch (outcome.kind) {
    case "rows":
      return tableText(outcome.columns, outcome.rows, style);
    case "done":
      if (outcome.tag === "INSERT") return `INSERT 0 ${outcome.rows}\n`;
      return /^(UPDATE|DELETE)$/.test(outcome.tag) ? `${outcome.tag} ${outcome.rows}\n` : `${outcome.tag}\n`;
    case "used":
    case "problem":
      return "";
  }
}

interface Place {
  host: string;
  port: number;
  user: string;
  database: string;
  password: string;
}

function placeOf(ctx: ProgramContext, { values, operands }: Options): Place {
  const user = values["U"] ?? operands[1] ?? ctx.env["PGUSER"] ?? ctx.user.name;
  return {
    host: values["h"] ?? ctx.env["PGHOST"] ?? "",
    port: Number(values["p"] ?? ctx.env["PGPORT"] ?? 5432),
    user,
    database: values["d"] ?? operands[0] ?? ctx.env["PGDATABASE"] ?? user,
    password: values["W"] ?? ctx.env["PGPASSWORD"] ?? "",
  };
}

function* open(place: Place): Call<SqlConnection | undefined> {
  const { host, port, user, database, password } = place;
  let where = `connection to server on socket "/var/run/postgresql/.s.PGSQL.${port}" failed: `;
  try {
    if (host !== "") where = `connection to server at "${host}" (${(yield* resolve(host))[0]}), port ${port} failed: `;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* write(2, `psql: error: could not translate host name "${host}" to address: Name or service not known\n`);
    return undefined;
  }
  try {
    // A connection over the socket is trusted, as the image's pg_hba.conf has it.
    const secret = host === "" ? TRUSTED : password;
    const connection = yield* logIn(
      { host: host === "" ? "localhost" : host, port },
      { user, password: secret, database },
    );
    const { answer } = connection;
    if (answer.ok) return connection;
    const told =
      answer.problem === "unknown-database"
        ? `FATAL:  database "${database}" does not exist`
        : password === "" && host !== ""
          ? "fe_sendauth: no password supplied"
          : host === ""
            ? `FATAL:  role "${user}" does not exist`
            : `FATAL:  password authentication failed for user "${user}"`;
    yield* write(2, `psql: error: ${where}${told}\n`);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const words =
      error.errno === "ECONNREFUSED"
        ? "Connection refused"
        : error.errno === "EHOSTUNREACH"
          ? "No route to host"
          : "Connection timed out";
    const hint =
      host === ""
        ? "locally and accepting connections on that socket?"
        : "on that host and accepting TCP/IP connections?";
    const text = host === "" && error.errno === "ECONNREFUSED" ? "No such file or directory" : words;
    yield* write(2, `psql: error: ${where}${text}\n\tIs the server running ${hint}\n`);
  }
  return undefined;
}

const BACKSLASH: Readonly<Record<string, string>> = {
  "\\l": "show databases",
  "\\dt": "show tables",
  "\\d": "show tables",
};

export const psql: Program = function* (ctx, argv) {
  const options = optionsOf(argv);
  if (typeof options === "string") {
    yield* write(2, `psql: unrecognized option '${options}'\npsql: hint: Try "psql --help" for more information.\n`);
    return 1;
  }
  const place = placeOf(ctx, options);
  const connection = yield* open(place);
  if (connection === undefined) return 2;
  if (options.values["l"] !== undefined) options.commands.push("\\l");
  if (options.commands.length === 0 && options.files.length === 0 && ctx.tty(0) !== undefined)
    return yield* converse(connection, place, options);
  const status = yield* runCommands(connection, options);
  if (status !== 0) return status;
  for (const file of options.files) {
    if (file !== "-" && !ctx.fs.exists(file)) {
      yield* write(2, `psql: error: ${file}: No such file or directory\n`);
      return 1;
    }
  }
  const texts = options.files.map((file) => (file === "-" ? undefined : ctx.fs.readFile(file)));
  if (texts.length === 0 && options.commands.length === 0) texts.push(undefined);
  let line: SqlConnection | undefined = connection;
  for (const text of texts) {
    line = yield* runScript(line, text ?? (yield* readAll(0)), { options, place });
    if (line === undefined) return 3;
  }
  return 0;
};

function stops({ variables }: Options): boolean {
  return /^(1|on|true)$/i.test(variables.get("ON_ERROR_STOP") ?? "");
}

/** An error ends its own `-c`; the next is run unless ON_ERROR_STOP is set. The status is that of the last one. */
function* runCommands(connection: SqlConnection, options: Options): Call<number> {
  let status = 0;
  for (const text of options.commands) {
    const { statements, rest } = splitStatements(text);
    status = 0;
    for (const statement of rest.trim() === "" ? statements : [...statements, rest.trim()]) {
      if (yield* perform(connection, statement, options)) continue;
      status = 1;
      break;
    }
    if (status !== 0 && stops(options)) break;
  }
  return status;
}

/** What goes to the server, and lines for psql itself between it. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  let pending = "";
  for (const line of text.split("\n")) {
    if (/^\s*\\/.test(line) && pending.trim() === "") pieces.push(line.trim());
    else {
      const { statements, rest } = splitStatements(`${pending}${line}\n`);
      pieces.push(...statements);
      pending = rest;
    }
  }
  const last = pending.replace(/^\s*--[^\n]*$/gm, "").trim();
  return last === "" ? pieces : [...pieces, last];
}

/** `:name`, `:'name'` and `:"name"` stand for what `-v` set. */
function withVariables(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/(?<!:):(["']?)([A-Za-z_]\w*)\1/g, (all, quote: string, name: string) => {
    const value = variables.get(name);
    return value === undefined ? all : `${quote}${value}${quote}`;
  });
}

/** Answers with the connection that it ends with, which `\c` changes; undefined where an error stops it. */
function* runScript(
  connection: SqlConnection,
  text: string,
  { options, place }: { options: Options; place: Place },
): Call<SqlConnection | undefined> {
  let line = connection;
  for (const piece of piecesOf(text)) {
    const database = /^\\c(?:onnect)?\s+"?([\w-]+)"?/.exec(piece)?.[1];
    if (database !== undefined) {
      const other = yield* open({ ...place, database });
      if (other === undefined) return undefined;
      yield* close(line.fd);
      line = other;
      if (options.values["q"] === undefined)
        yield* write(1, `You are now connected to database "${database}" as user "${place.user}".\n`);
    } else if (/^\\(set|echo|q)\b/.test(piece)) {
      const [word = "", name = "", ...rest] = piece.split(/\s+/);
      if (word === "\\q") return line;
      if (word === "\\set") options.variables.set(name, rest.join(" "));
      else yield* write(1, `${[name, ...rest].join(" ")}\n`);
    } else if (!(yield* perform(line, withVariables(piece, options.variables), options)) && stops(options))
      return undefined;
  }
  return line;
}

function* perform(connection: SqlConnection, statement: string, options: Options): Call<boolean> {
  const outcome = yield* ask(connection.fd, BACKSLASH[statement] ?? statement);
  if (outcome === undefined) {
    yield* write(2, "server closed the connection unexpectedly\n");
    return false;
  }
  if (outcome.kind === "problem") {
    yield* write(2, `${problemText(outcome.problem, statement)}\n`);
    return false;
  }
  if (options.values["q"] === undefined || outcome.kind === "rows") yield* write(1, outcomeText(outcome, options));
  return true;
}

function* converse(connection: SqlConnection, place: Place, options: Options): Call<number> {
  const version = connection.answer.ok ? connection.answer.version : "";
  yield* write(1, `psql (${version})\nType "help" for help.\n\n`);
  const history: string[] = [];
  let text = "";
  for (;;) {
    const line = yield* readLine(`${place.database}${text === "" ? "=" : "-"}# `, { history });
    if (line === null || /^\s*(\\q|exit|quit)\s*$/.test(line)) return 0;
    history.push(line);
    if (BACKSLASH[line.trim()] !== undefined) {
      yield* perform(connection, line.trim(), options);
      continue;
    }
    const { statements, rest } = splitStatements(`${text}${line}\n`);
    text = rest.trim() === "" ? "" : rest;
    for (const statement of statements) yield* perform(connection, statement, options);
  }
}

/** Whether a server takes connections; who asks needs no password. */
export const pgIsReady: Program = function* (ctx, argv) {
  const options = optionsOf(argv);
  if (typeof options === "string") {
    yield* write(2, `pg_isready: unrecognized option '${options}'\n`);
    return 3;
  }
  const { host, port } = placeOf(ctx, options);
  const shown = `${host === "" ? "/var/run/postgresql" : host}:${port}`;
  try {
    const { fd } = yield* connect(host === "" ? "localhost" : host, port, { timeoutMs: 3_000 });
    yield* close(fd);
    yield* write(1, `${shown} - accepting connections\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* write(1, `${shown} - no response\n`);
    return 2;
  }
};
