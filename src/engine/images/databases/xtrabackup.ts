/**
 * Percona XtraBackup as the replicated MySQL of Kubernetes' documentation uses it: a copy of a data directory goes over the
 * network and says where in the primary's log it was made. **Simplified:** a stream is JSON text; options are those below.
 */
import { isObject, parseJson } from "../../base/json.ts";
import { SystemError } from "../../base/program.ts";
import type { Program, ProgramContext } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { accept, close, connect, listenOn, read, readAll, spawn, wait, write } from "../../base/syscalls.ts";
import { resolvePath } from "../../runtime/paths.ts";
import { defineImage } from "../define-image.ts";
import { tags } from "../tags.ts";
import { mysqlAdmin, mysqlClient } from "./mysql-client.ts";
import { logIn } from "./sql-client.ts";

const DATA = "/var/lib/mysql";
const STATE = "drydock.json";
const MAGIC = "XBSTCK01";
const CHECKPOINTS = "xtrabackup_checkpoints";

interface Words {
  options: Record<string, string>;
  operands: string[];
}

/** `valued` names the options whose value is the next word. */
function wordsOf(argv: readonly string[], valued: readonly string[]): Words {
  const words: Words = { options: {}, operands: [] };
  for (let i = 1; i < argv.length; i++) {
    const [, name, value] = /^--?([\w-]+)(?:=(.*))?$/s.exec(argv[i] as string) ?? [];
    if (name === undefined) words.operands.push(argv[i] as string);
    else words.options[name] = value ?? (valued.includes(name) ? (argv[++i] ?? "") : "");
  }
  return words;
}

function unknown(options: Record<string, string>, known: readonly string[]): string | undefined {
  return Object.keys(options).find((name) => !known.includes(name));
}

/** Nmap's netcat: what is listed here. */
const ncat: Program = function* (ctx, argv) {
  const { options, operands } = wordsOf(argv, ["c", "sh-exec"]);
  const known = ["recv-only", "send-only", "listen", "l", "keep-open", "k", "max-conns", "c", "sh-exec"];
  const wrong = unknown(options, known);
  if (wrong !== undefined) {
    yield* write(2, `Ncat: this playground does not know the option ${wrong}. QUITTING.\n`);
    return 2;
  }
  const listens = "listen" in options || "l" in options;
  const port = Number(operands.at(-1) ?? 31337);
  if (listens) return yield* serve(ctx, port, options);
  const [host = ""] = operands;
  try {
    const { fd } = yield* connect(host, port, { timeoutMs: 10_000 });
    if (!("recv-only" in options)) yield* write(fd, yield* readAll(0));
    if ("send-only" in options) {
      yield* close(fd);
      return 0;
    }
    for (let text = yield* read(fd); text !== null; text = yield* read(fd)) yield* write(1, text);
    return 0;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const why: Readonly<Record<string, string>> = { ECONNREFUSED: "Connection refused", ETIMEDOUT: "TIMEOUT" };
    yield* write(
      2,
      error.errno === "ENOTFOUND" || error.errno === "EAI_AGAIN"
        ? `Ncat: Could not resolve hostname "${host}": Name or service not known. QUITTING.\n`
        : `Ncat: ${why[error.errno] ?? error.errno}.\n`,
    );
    return 1;
  }
};

function* serve(ctx: ProgramContext, port: number, options: Record<string, string>): Call<number> {
  const command = options["c"] ?? options["sh-exec"];
  if (command === undefined) {
    yield* write(2, "Ncat: this playground listens only with -c COMMAND. QUITTING.\n");
    return 2;
  }
  const socket = yield* listenOn(port);
  do {
    const { fd } = yield* accept(socket);
    const argv = ["/bin/sh", "-c", command];
    const pid = yield* spawn({ argv, env: ctx.env, cwd: ctx.cwd, stdio: [fd, fd, 2] });
    yield* close(fd);
    yield* wait(pid);
  } while ("keep-open" in options || "k" in options);
  return 0;
}

/** `xbstream -x -C FOLDER`. */
const xbstream: Program = function* (ctx, argv) {
  const { options } = wordsOf(argv, ["C", "directory"]);
  const folder = resolvePath(ctx.cwd, options["C"] ?? options["directory"] ?? ".");
  if (
    unknown(options, ["x", "extract", "C", "directory"]) !== undefined ||
    (!("x" in options) && !("extract" in options))
  ) {
    yield* write(2, "xbstream: this playground knows only -x -C DIRECTORY\n");
    return 1;
  }
  const text = yield* readAll(0);
  if (text === "") return 0;
  const files = text.startsWith(MAGIC) ? parseJson(text.slice(MAGIC.length)) : undefined;
  if (!isObject(files)) {
    yield* write(2, "xb_stream_read_chunk(): wrong chunk magic at offset 0x0.\n");
    return 1;
  }
  for (const [name, content] of Object.entries(files)) {
    if (name.endsWith("/")) ctx.fs.mkdir(`${folder}/${name}`, { recursive: true });
    else if (ctx.fs.exists(`${folder}/${name}`)) {
      yield* write(2, `Can't create/write to file './${name}' (Errcode: 17 - File exists)\n`);
      return 1;
    } else ctx.fs.writeFile(`${folder}/${name}`, String(content));
  }
  return 0;
};

const OPTIONS = ["backup", "prepare", "slave-info", "stream", "host", "user", "password", "port", "target-dir"];

const backup: Program = function* (ctx, argv) {
  const { options } = wordsOf(argv, []);
  const wrong = unknown(options, OPTIONS);
  if (wrong !== undefined) {
    yield* write(2, `xtrabackup: this playground does not know --${wrong}\n`);
    return 1;
  }
  if ("prepare" in options) return yield* prepare(ctx, resolvePath(ctx.cwd, options["target-dir"] ?? "."));
  if (!("backup" in options) || options["stream"] !== "xbstream") {
    yield* write(2, "xtrabackup: this playground knows only --backup --stream=xbstream, and --prepare\n");
    return 1;
  }
  const { host = "localhost", user = ctx.user.name, password = "", port = "3306" } = options;
  try {
    const { answer } = yield* logIn({ host, port: Number(port) }, { user, password, database: "" });
    if (!answer.ok) throw new SystemError("EACCES");
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* write(2, `Failed to connect to MySQL server: ${error.errno}.\n`);
    return 1;
  }
  const state = parseJson(ctx.fs.readFile(`${DATA}/${STATE}`));
  if (!isObject(state)) return 1;
  yield* write(1, MAGIC + JSON.stringify(filesOf(state, "slave-info" in options)));
  yield* write(2, "xtrabackup: Transaction log of lsn (2621440) to (2621449) was copied.\ncompleted OK!\n");
  return 0;
};

/** The data directory's, and where they belong in the primary's log. What is one server's own stays behind. */
function filesOf({ own, ...data }: Record<string, unknown>, slaveInfo: boolean): Record<string, string> {
  const { binlog, replica } = isObject(own) ? own : {};
  const files: Record<string, string> = { "mysql/": "", [STATE]: JSON.stringify(data) };
  if (isObject(binlog)) files["xtrabackup_binlog_info"] = `${String(binlog["file"])}\t${String(binlog["position"])}\n`;
  if (slaveInfo) {
    files["xtrabackup_slave_info"] = isObject(replica)
      ? `CHANGE MASTER TO MASTER_LOG_FILE='${String(replica["file"])}', MASTER_LOG_POS=${String(replica["position"])};\n`
      : "";
  }
  files[CHECKPOINTS] = "backup_type = full-backuped\nfrom_lsn = 0\nto_lsn = 2621440\nlast_lsn = 2621449\ncompact = 0\n";
  return files;
}

function* prepare({ fs }: ProgramContext, folder: string): Call<number> {
  const file = `${folder}/${CHECKPOINTS}`;
  yield* write(2, `xtrabackup: cd to ${folder}\n`);
  if (!fs.exists(file)) {
    yield* write(2, "xtrabackup: Error: failed to read metadata from './xtrabackup_checkpoints'\n");
    return 1;
  }
  fs.writeFile(file, fs.readFile(file).replace("full-backuped", "full-prepared"));
  yield* write(2, "completed OK!\n");
  return 0;
}

export const xtrabackup = defineImage({
  name: "gcr.io/google-samples/xtrabackup",
  tags: tags(97, "1.0 latest"),
  cmd: ["bash"],
  userland: "debian",
  programs: () => ({
    "/usr/bin/ncat": { kind: "program", run: ncat },
    "/usr/bin/xbstream": { kind: "program", run: xbstream },
    "/usr/bin/xtrabackup": { kind: "program", run: backup },
    "/usr/bin/mysql": { kind: "program", run: mysqlClient(3306) },
    "/usr/bin/mysqladmin": { kind: "program", run: mysqlAdmin(3306) },
  }),
});
