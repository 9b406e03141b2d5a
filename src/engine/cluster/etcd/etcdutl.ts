/** etcdutl: what is done with etcd's files while it does not run. Upstream: etcd etcdutl/etcdutl/snapshot_command.go. */
import { SystemError } from "../../base/program.ts";
import type { Program, ProgramContext } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { write } from "../../base/syscalls.ts";
import { resolvePath } from "../../runtime/paths.ts";
import { readCommandLine } from "./command-line.ts";
import type { FlagKind } from "./command-line.ts";
import { writeDatabase } from "./data-folders.ts";
import { ETCD_VERSION } from "./version.ts";
import { readSnapshot } from "./snapshot-file.ts";
import type { SnapshotFile } from "./snapshot-file.ts";
import { snapshotLog } from "./snapshot-log.ts";
import { drawTable, humanBytes } from "./table.ts";

const USAGE = `Usage:
  etcdutl [command]

Available Commands:
  snapshot    Manages etcd node snapshots
  version     Prints the version of etcdutl

In this playground there are: snapshot restore, snapshot status, version.
`;

const FLAGS: Readonly<Record<string, FlagKind>> = {
  "bump-revision": "int",
  "data-dir": "string",
  help: "bool",
  "initial-advertise-peer-urls": "string",
  "initial-cluster": "string",
  "initial-cluster-token": "string",
  "mark-compacted": "bool",
  name: "string",
  "skip-hash-check": "bool",
  "write-out": "string",
};

class Failure extends Error {
  readonly code: number;

  constructor(message: string, code = 1) {
    super(message);
    this.code = code;
  }
}

export const etcdutl: Program = function* run(ctx, argv) {
  const line = readCommandLine(argv.slice(1), FLAGS);
  if ("problem" in line) {
    yield* write(2, `Error: ${line.problem}\n${USAGE}`);
    return 1;
  }
  const { words, flags } = line;
  try {
    switch (words.slice(0, 2).join(" ")) {
      case "version":
        yield* write(1, `etcdutl version: ${ETCD_VERSION}\nAPI version: 3.6\n`);
        return 0;
      case "snapshot status":
        yield* status(ctx, words.slice(2), flags.get("write-out") ?? "simple");
        return 0;
      case "snapshot restore":
        yield* restore(ctx, words.slice(2), flags);
        return 0;
      case "snapshot":
      case "":
        yield* write(1, USAGE);
        return 0;
      default:
        yield* write(2, `Error: unknown command ${JSON.stringify(words[0])} for "etcdutl"\n${USAGE}`);
        return 1;
    }
  } catch (error) {
    if (!(error instanceof Failure || error instanceof SystemError)) throw error;
    yield* write(2, `Error: ${error.message}\n`);
    return error instanceof Failure ? error.code : 1;
  }
};

function snapshotAt(ctx: ProgramContext, name: string, skipHash: boolean): { file: SnapshotFile; size: number } {
  const path = resolvePath(ctx.cwd, name);
  if (!ctx.fs.exists(path)) throw new Failure(`stat ${name}: no such file or directory`);
  const text = ctx.fs.readFile(path);
  const file = readSnapshot(text);
  if (file === undefined && skipHash)
    throw new Failure("Drydock: only what `etcdctl snapshot save` wrote can be restored here");
  if (file === undefined) throw new Failure("snapshot missing hash but --skip-hash-check=false");
  if (file === "damaged") throw new Failure("snapshot file integrity check failed");
  return { file, size: text.length };
}

function* status(ctx: ProgramContext, files: readonly string[], format: string): Call<void> {
  const [name] = files;
  if (name === undefined || files.length !== 1) throw new Failure("snapshot status requires exactly one argument", 128);
  const { file, size } = snapshotAt(ctx, name, false);
  const { revision, items } = file.contents;
  const row = [file.hash, String(revision), String(items.length), humanBytes(size), "3.6.0"];
  if (format === "table")
    yield* write(1, drawTable(["hash", "revision", "total keys", "total size", "version"], [row]));
  else if (format === "simple") yield* write(1, `${row.join(", ")}\n`);
  else if (format === "json") {
    const facts = {
      hash: Number.parseInt(file.hash, 16),
      revision,
      totalKey: items.length,
      totalSize: size,
      version: "3.6.0",
    };
    yield* write(1, `${JSON.stringify(facts)}\n`);
  } else throw new Failure(`Drydock: --write-out=${format} is not simulated`, 128);
}

function* restore(ctx: ProgramContext, files: readonly string[], flags: ReadonlyMap<string, string>): Call<void> {
  const folder = flags.get("data-dir");
  if (folder === undefined) throw new Failure('required flag(s) "data-dir" not set');
  const [name] = files;
  if (name === undefined || files.length !== 1)
    throw new Failure("snapshot restore requires exactly one argument", 128);
  if ((flags.get("bump-revision") ?? "0") === "0" ? flags.has("mark-compacted") : !flags.has("mark-compacted")) {
    throw new Failure("--mark-compacted required if --revision-bump > 0", 128);
  }
  const { file } = snapshotAt(ctx, name, flags.has("skip-hash-check"));
  const path = resolvePath(ctx.cwd, folder);
  if (ctx.fs.exists(path) && ctx.fs.readdir(path).length > 0) {
    throw new Failure(`data-dir ${JSON.stringify(folder)} not empty or could not be read`);
  }
  yield* snapshotLog(ctx, "restoring snapshot", {
    path: name,
    "wal-dir": `${folder}/member/wal`,
    "data-dir": folder,
    "snap-dir": `${folder}/member/snap`,
  });
  writeDatabase(ctx.fs, path, ctx.fs.readFile(resolvePath(ctx.cwd, name)));
  ctx.fs.chmod(path, 0o700);
  yield* snapshotLog(ctx, "restored snapshot", { path: name, "data-dir": folder, revision: file.contents.revision });
}
