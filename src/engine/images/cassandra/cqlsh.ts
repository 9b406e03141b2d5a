/** `cqlsh`. Upstream: Cassandra pylib/cqlshlib. **Simplified:** of its own commands there are HELP, EXIT and SOURCE's `-f`. */
import { isObject, parseJson } from "../../base/json.ts";
import { SystemError } from "../../base/program.ts";
import type { Program } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { connect, readAll, readLine, readLineOf, write } from "../../base/syscalls.ts";
import { splitStatements } from "../databases/sql-lexer.ts";
import type { CqlAnswer, CqlValue } from "./cql.ts";
import { GREETING } from "./cql-port.ts";

const PORT = 9042;
const VALUED: Readonly<Record<string, string>> = {
  "-e": "e",
  "--execute": "e",
  "-f": "f",
  "--file": "f",
  "-k": "k",
  "--keyspace": "k",
  "-u": "u",
  "--username": "u",
  "-p": "p",
  "--password": "p",
  "--request-timeout": "t",
  "--connect-timeout": "t",
};

function cell(value: CqlValue): string {
  if (value === null) return "null";
  return typeof value === "boolean" ? (value ? "True" : "False") : String(value);
}

function shown(answer: CqlAnswer): string {
  if (answer.kind !== "rows") return "";
  const { columns, rows } = answer;
  const texts = rows.map((row) => row.map(cell));
  if (columns.length === 0) return `\n${texts.map(([name = ""]) => name).join("  ")}\n\n`;
  const widths = columns.map((name, at) => Math.max(name.length, ...texts.map((row) => (row[at] ?? "").length)));
  const head = ` ${columns.map((name, at) => name.padEnd(widths[at] ?? 0)).join(" | ")}`.trimEnd();
  const rule = `-${widths.map((width) => "-".repeat(width)).join("-+-")}-`;
  const lines = texts.map((row) => ` ${row.map((text, at) => text.padStart(widths[at] ?? 0)).join(" | ")}\n`);
  return `\n${head}\n${rule}\n${lines.join("")}\n(${rows.length} rows)\n`;
}

interface Line {
  fd: number;
  keyspace: string;
}

/** False after an error. */
function* perform(line: Line, statement: string, source: string): Call<boolean> {
  yield* write(line.fd, `${JSON.stringify(statement)}\n`);
  const answer = parseJson((yield* readLineOf(line.fd)) ?? "") as CqlAnswer | undefined;
  if (answer === undefined) {
    yield* write(2, "NoHostAvailable: \n");
    return false;
  }
  if (answer.kind === "error") {
    yield* write(2, `${source}${answer.text}\n`);
    return false;
  }
  if (answer.kind === "used") line.keyspace = answer.keyspace;
  yield* write(1, shown(answer));
  return true;
}

function* converse(line: Line, banner: string): Call<number> {
  yield* write(1, `${banner}\nUse HELP for help.\n`);
  const history: string[] = [];
  let pending = "";
  for (;;) {
    const name = line.keyspace === "" ? "cqlsh" : `cqlsh:${line.keyspace}`;
    const text = yield* readLine(pending === "" ? `${name}> ` : `${" ".repeat(Math.max(0, name.length - 3))}... `, {
      history,
    });
    if (text === null || /^\s*(exit|quit)\s*;?\s*$/i.test(text)) return 0;
    history.push(text);
    if (pending === "" && /^\s*help\s*;?\s*$/i.test(text)) {
      yield* write(
        1,
        "Drydock: keyspaces, tables, INSERT, SELECT, UPDATE, DELETE, TRUNCATE and DESCRIBE KEYSPACES | TABLES\n",
      );
      continue;
    }
    // These need no semicolon.
    const whole = /^\s*(use|desc(ribe)?)\s/i.test(text) && !/;\s*$/.test(text) ? `${text};` : text;
    const { statements, rest } = splitStatements(`${pending}${whole}\n`);
    pending = rest.trim() === "" ? "" : rest;
    for (const statement of statements) yield* perform(line, statement, "");
  }
}

export function cqlsh(version: string): Program {
  return function* (ctx, argv) {
    const values: Record<string, string> = {};
    const operands: string[] = [];
    for (let at = 1; at < argv.length; at++) {
      const [word = "", attached] = (argv[at] as string).split(/=(.*)/s);
      const name = VALUED[word];
      if (name !== undefined) values[name] = attached ?? argv[++at] ?? "";
      else if (word === "--version") {
        yield* write(1, "cqlsh 6.2.0\n");
        return 0;
      } else if (word.startsWith("-")) {
        yield* write(2, `Usage: cqlsh [options] [host [port]]\n\ncqlsh: error: no such option: ${word}\n`);
        return 2;
      } else operands.push(argv[at] as string);
    }
    const host = operands[0] ?? ctx.env["CQLSH_HOST"] ?? "127.0.0.1";
    const port = Number(operands[1] ?? ctx.env["CQLSH_PORT"] ?? PORT);
    let fd: number;
    try {
      ({ fd } = yield* connect(host, port, { timeoutMs: 5000 }));
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      const why =
        error.errno === "ECONNREFUSED"
          ? `ConnectionRefusedError(111, "Tried connecting to [('${host}', ${port})]. Last error: Connection refused")`
          : `OperationTimedOut('errors=Timed out creating connection (5 seconds), last_host=None')`;
      yield* write(2, `Connection error: ('Unable to connect to any servers', {'${host}:${port}': ${why}})\n`);
      return 1;
    }
    yield* write(fd, `${JSON.stringify(GREETING)}\n`);
    const local = parseJson((yield* readLineOf(fd)) ?? "");
    const cluster = isObject(local) ? String(local["cluster_name"]) : "";
    const line: Line = { fd, keyspace: "" };
    if (values["k"] !== undefined && !(yield* perform(line, `use ${values["k"]}`, ""))) return 1;
    const banner = `Connected to ${cluster} at ${host}:${port}\n[cqlsh 6.2.0 | Cassandra ${version} | CQL spec 3.4.7 | Native protocol v5]`;
    if (values["e"] === undefined && values["f"] === undefined && ctx.tty(0) !== undefined)
      return yield* converse(line, banner);
    if (values["f"] !== undefined && !ctx.fs.exists(values["f"])) {
      yield* write(2, `Can't open '${values["f"]}': [Errno 2] No such file or directory: '${values["f"]}'\n`);
      return 1;
    }
    const text = values["e"] ?? (values["f"] === undefined ? yield* readAll(0) : ctx.fs.readFile(values["f"]));
    const { statements, rest } = splitStatements(text);
    let fine = true;
    for (const statement of rest.trim() === "" ? statements : [...statements, rest.trim()]) {
      const source = values["e"] === undefined ? `${values["f"] ?? "<stdin>"}:1:` : "<stdin>:1:";
      fine = (yield* perform(line, statement, source)) && fine;
    }
    return fine ? 0 : 2;
  };
}
