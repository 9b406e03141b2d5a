/** redis-cli: one command of its arguments, the lines of its input, or a prompt on a terminal. */
import { SystemError } from "../../base/program.ts";
import type { Program } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { close, connect, readAll, readLine, sleep, write } from "../../base/syscalls.ts";
import { RedisLine } from "./cli-line.ts";
import { redisClusterCli } from "./cluster-cli.ts";
import { splitWords } from "./resp.ts";
import type { Reply } from "./resp.ts";

interface Options {
  host: string;
  port: number;
  password: string | undefined;
  warns: boolean;
  database: string | undefined;
  raw: boolean;
  /** Values between commas, whatever reads them. */
  csv: boolean;
  failsOnError: boolean;
  repeat: number;
  intervalMs: number;
  /** Goes where a node of a cluster sends it. */
  redirects: boolean;
  words: string[];
}

const VALUED = /^(-h|-p|-a|-n|-r|-i|--pass|--user)$/;
const PASSWORD_WARNING =
  "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.\n";

/** The answer is the option that it doesn't know. */
function optionsOf(argv: readonly string[], raw: boolean, password: string | undefined): Options | string {
  const options: Options = {
    host: "127.0.0.1",
    port: 6379,
    password,
    warns: false,
    database: undefined,
    raw,
    csv: false,
    failsOnError: false,
    repeat: 1,
    intervalMs: 0,
    redirects: false,
    words: [],
  };
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] as string;
    if (!word.startsWith("-")) {
      options.words = argv.slice(i);
      break;
    }
    const value = VALUED.test(word) ? argv[++i] : "";
    if (value === undefined) return word;
    if (word === "-h") options.host = value;
    else if (word === "-p") options.port = Number(value);
    else if (word === "-a" || word === "--pass") [options.password, options.warns] = [value, true];
    else if (word === "--user" && value === "default") continue;
    else if (word === "-n") options.database = value;
    else if (word === "-r") options.repeat = Number(value);
    else if (word === "-i") options.intervalMs = Number(value) * 1000;
    else if (word === "--raw") options.raw = true;
    else if (word === "--no-raw") options.raw = false;
    else if (word === "--csv") options.csv = true;
    else if (word === "-c") options.redirects = true;
    else if (word === "-e") options.failsOnError = true;
    else if (word === "--no-auth-warning") options.warns = false;
    else return word;
  }
  if (argv.includes("--no-auth-warning")) options.warns = false;
  return options;
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t")}"`;
}

/** As on a terminal. */
function formatted(reply: Reply, indent = ""): string {
  if (reply === null) return "(nil)\n";
  if (typeof reply === "number") return `(integer) ${reply}\n`;
  if (typeof reply === "string") return reply.includes("\r\n") ? reply : `${quoted(reply)}\n`;
  if ("simple" in reply) return `${reply.simple}\n`;
  if ("error" in reply) return `(error) ${reply.error}\n`;
  if (reply.length === 0) return "(empty array)\n";
  const room = String(reply.length).length;
  const deeper = indent + " ".repeat(room + 2);
  return reply
    .map((each, at) => `${at === 0 ? "" : indent}${String(at + 1).padStart(room)}) ${formatted(each, deeper)}`)
    .join("");
}

/** As in a pipe. */
function plain(reply: Reply): string {
  if (reply === null) return "";
  if (typeof reply === "number" || typeof reply === "string") return String(reply);
  if ("simple" in reply) return reply.simple;
  if ("error" in reply) return `${reply.error}\n`;
  return reply.map(plain).join("\n");
}

function separated(reply: Reply): string {
  if (reply === null) return "NULL";
  if (typeof reply === "number") return String(reply);
  if (typeof reply === "string") return quoted(reply);
  if ("simple" in reply) return quoted(reply.simple);
  if ("error" in reply) return `ERROR,${quoted(reply.error)}`;
  return reply.map(separated).join(",");
}

function isError(reply: Reply | undefined): boolean {
  return typeof reply === "object" && reply !== null && "error" in reply;
}

function movedTo(reply: Reply | undefined): { slot: string; host: string; port: string } | undefined {
  if (typeof reply !== "object" || reply === null || !("error" in reply)) return undefined;
  const [, slot = "", host = "", port = ""] = /^MOVED (\d+) (.*):(\d+)$/.exec(reply.error) ?? [];
  return port === "" ? undefined : { slot, host, port };
}

/** The line leads to another node from now on. */
function* go(
  line: RedisLine,
  { host, port }: { host: string; port: string },
  options: Options,
  words: readonly string[],
): Call<Reply | undefined> {
  const { fd } = yield* connect(host, Number(port));
  yield* close(line.fd);
  line.turnTo(fd);
  [options.host, options.port] = [host, Number(port)];
  if (options.password !== undefined) yield* line.ask(["AUTH", options.password]);
  return yield* line.ask(words);
}

function* issue(line: RedisLine, words: readonly string[], options: Options): Call<boolean> {
  const name = (words[0] ?? "").toUpperCase();
  let reply = yield* line.ask(words);
  if (options.redirects) {
    for (let moved = movedTo(reply); moved !== undefined; moved = movedTo(reply)) {
      if (!options.raw)
        yield* write(1, `-> Redirected to slot [${moved.slot}] located at ${moved.host}:${moved.port}\n`);
      reply = yield* go(line, moved, options, words);
    }
  }
  const show = (value: Reply): string =>
    options.csv ? `${separated(value)}\n` : options.raw ? `${plain(value)}\n` : formatted(value);
  if (reply === undefined) {
    if (name !== "SHUTDOWN" && name !== "QUIT") yield* write(2, "Error: Server closed the connection\n");
    return name === "SHUTDOWN" || name === "QUIT";
  }
  yield* write(1, show(reply));
  while (name === "SUBSCRIBE" && reply !== undefined && !isError(reply)) {
    reply = yield* line.hear();
    if (reply !== undefined) yield* write(1, show(reply));
  }
  return !(options.failsOnError && isError(reply));
}

function* converse(line: RedisLine, options: Options): Call<number> {
  const history: string[] = [];
  let database = options.database ?? "0";
  for (;;) {
    const prompt = `${options.host}:${options.port}${database === "0" ? "" : `[${database}]`}> `;
    const text = yield* readLine(prompt, { history });
    if (text === null || /^\s*(exit|quit)\s*$/i.test(text)) return 0;
    history.push(text);
    const words = splitWords(text);
    if (words === undefined) yield* write(1, "Invalid argument(s)\n");
    else if (words.length > 0) {
      yield* issue(line, words, options);
      if (/^select$/i.test(words[0] as string) && /^\d+$/.test(words[1] ?? "")) database = words[1] as string;
    }
  }
}

function reason(error: SystemError): string {
  if (error.errno === "ECONNREFUSED") return "Connection refused";
  if (error.errno === "ENOTFOUND") return "Name or service not known";
  if (error.errno === "EAI_AGAIN") return "Temporary failure in name resolution";
  if (error.errno === "ETIMEDOUT") return "Connection timed out";
  return "No route to host";
}

export function redisCli(version: string): Program {
  return function* (ctx, argv) {
    if (argv[1] === "--version" || argv[1] === "-v") {
      yield* write(1, `redis-cli ${version}\n`);
      return 0;
    }
    const at = argv.indexOf("--cluster");
    const options = optionsOf(at < 0 ? argv : argv.slice(0, at), ctx.tty(1) === undefined, ctx.env["REDISCLI_AUTH"]);
    if (typeof options === "string") {
      yield* write(2, `Unrecognized option or bad number of args for: '${options}'\n`);
      return 1;
    }
    if (options.warns) yield* write(2, PASSWORD_WARNING);
    if (at >= 0) return yield* redisClusterCli(argv.slice(at + 1), options.password);
    let fd: number;
    try {
      ({ fd } = yield* connect(options.host, options.port));
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      yield* write(2, `Could not connect to Redis at ${options.host}:${options.port}: ${reason(error)}\n`);
      return 1;
    }
    const line = new RedisLine(fd);
    if (options.password !== undefined) {
      const reply = yield* line.ask(["AUTH", options.password]);
      if (isError(reply)) yield* write(2, `AUTH failed: ${plain(reply as Reply)}`);
    }
    if (options.database !== undefined) yield* line.ask(["SELECT", options.database]);
    if (options.words.length > 0) {
      let fine = true;
      for (let i = 0; i < options.repeat && fine; i++) {
        if (i > 0) yield* sleep(options.intervalMs);
        fine = yield* issue(line, options.words, options);
      }
      return fine ? 0 : 1;
    }
    if (ctx.tty(0) !== undefined) return yield* converse(line, options);
    for (const text of (yield* readAll(0)).split("\n")) {
      const words = splitWords(text) ?? [];
      if (words.length > 0 && !(yield* issue(line, words, options))) return 1;
    }
    return 0;
  };
}
