import type { Call } from "../../base/syscalls.ts";
import { close, open, readAll, write } from "../../base/syscalls.ts";
import { gunzipped, gzipped, isGzipped } from "../../base/gzip.ts";
import { readTar, type TarEntry, TarError, writeTar } from "../../base/tar-archive.ts";
import { parentPath, resolvePath } from "../../runtime/paths.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { errorText } from "../errors.ts";

/** Simplified: without appending, patterns, and compression but gzip's (-j, -J are refused); see base/gzip.ts. */
export const tar = defineCommand({
  name: "tar",
  usage: `
Usage: tar [OPTION...] [FILE]...
Create, list and extract archives.

  -c  create      -x  extract      -t  list
  -f ARCHIVE      archive file, - is the standard stream
  -C DIR          change to DIR first
  -z  (de)compress with gzip
  -v  list files processed         -O  extract to standard output
  -m  don't extract modification times
  -p  extract permissions          -o  extract as yourself
  -k  don't replace existing files`,
  options: {
    bundled: true,
    flags: "cxtvmpokOz",
    values: "fC",
    long: {
      create: "c",
      extract: "x",
      get: "x",
      list: "t",
      verbose: "v",
      touch: "m",
      "to-stdout": "O",
      "preserve-permissions": "p",
      "same-permissions": "p",
      "same-owner": "same-owner",
      "no-same-permissions": "no-permissions",
      "no-same-owner": "o",
      "keep-old-files": "k",
      gzip: "z",
      gunzip: "z",
      "file=": "f",
      "directory=": "C",
    },
  },
  badUsageStatus: 2,
  *run(io) {
    const modes = ["c", "x", "t"].filter((flag) => io.has(flag));
    if (modes.length === 0) {
      return yield* io.misuse("You must specify one of the '-Acdtrux', '--delete' or '--test-label' options", 2);
    }
    if (modes.length > 1) {
      return yield* io.misuse("You may not specify more than one '-Acdtrux', '--delete' or  '--test-label' option", 2);
    }
    let directory = io.ctx.cwd;
    for (const each of io.values("C")) {
      directory = resolvePath(directory, each);
      const { fs } = io.ctx;
      if (fs.exists(directory) && fs.stat(directory).type === "directory") continue;
      yield* io.complain(
        io.flavour === "debian"
          ? `${each}: Cannot open: ${fs.exists(directory) ? "Not a directory" : "No such file or directory"}\ntar: Error is not recoverable: exiting now`
          : `can't change directory to '${each}': ${fs.exists(directory) ? "Not a directory" : "No such file or directory"}`,
      );
      return io.flavour === "debian" ? 2 : 1;
    }
    return yield* modes[0] === "c" ? create(io, directory) : readBack(io, directory);
  },
});

function* create(io: CommandIo, directory: string): Call<number> {
  if (io.operands.length === 0) {
    return yield* io.misuse("Cowardly refusing to create an empty archive", 2);
  }
  const archive = new Creation(io, directory);
  for (const name of io.operands) yield* archive.add(name);
  const plain = writeTar(archive.entries);
  const text = io.has("z") ? gzipped(plain) : plain;
  const file = io.value("f") ?? "-";
  if (file === "-") yield* io.out(text);
  else {
    const fd = yield* open(file, "write");
    yield* write(fd, text);
    yield* close(fd);
  }
  return yield* finish(io, archive.failed);
}

function* finish(io: CommandIo, failed: boolean): Call<number> {
  if (!failed) return 0;
  yield* io.complain(
    io.flavour === "debian"
      ? "Exiting with failure status due to previous errors"
      : "error exit delayed from previous errors",
  );
  return io.flavour === "debian" ? 2 : 1;
}

class Creation {
  readonly entries: TarEntry[] = [];
  failed = false;
  private readonly io: CommandIo;
  private readonly directory: string;
  private stripped = false;

  constructor(io: CommandIo, directory: string) {
    this.io = io;
    this.directory = directory;
  }

  *add(name: string): Call<void> {
    const { fs } = this.io.ctx;
    const path = resolvePath(this.directory, name);
    try {
      const { type, mode, uid, gid, mtime } = fs.lstat(path);
      const member = yield* this.memberName(name);
      const entry = { name: member, mode, uid, gid, mtime, link: "", data: "" };
      if (this.io.has("v")) yield* write(2, `${name}\n`);
      if (type === "directory") {
        if (member !== "") this.entries.push({ ...entry, type });
        for (const child of fs.readdir(path)) yield* this.add(`${name.replace(/\/+$/, "")}/${child}`);
      } else if (type === "symlink") this.entries.push({ ...entry, type, link: fs.readlink(path) });
      else if (type === "file") this.entries.push({ ...entry, type, data: fs.readFile(path) });
    } catch (error) {
      this.failed = true;
      const why = errorText(error);
      const verb = fs.exists(path) ? "open" : "stat";
      yield* this.io.complain(
        this.io.flavour === "debian" ? `${name}: Cannot ${verb}: ${why}` : `can't ${verb} '${name}': ${why}`,
      );
    }
  }

  /** Without what would lead out of the place where it is extracted. */
  private *memberName(name: string): Call<string> {
    const [, prefix = "", rest = ""] = /^((?:.*\/)?\.\.(?:\/|$)|\/+)?(.*)$/.exec(name) ?? [];
    if (prefix === "") return rest;
    if (!this.stripped) {
      this.stripped = true;
      yield* this.io.complain(
        this.io.flavour === "debian"
          ? `Removing leading \`${prefix}' from member names`
          : `removing leading '${prefix}' from member names`,
      );
    }
    return rest;
  }
}

function* readBack(io: CommandIo, directory: string): Call<number> {
  let entries: TarEntry[];
  const file = io.value("f") ?? "-";
  try {
    const fd = file === "-" ? 0 : yield* open(file, "read");
    const text = yield* readAll(fd);
    if (io.has("z") && !isGzipped(text)) return yield* notGzipped(io);
    entries = readTar(gunzipped(text) ?? text);
  } catch (error) {
    const debian = io.flavour === "debian";
    if (error instanceof TarError) yield* io.complain(debian ? error.message : error.message.replace(/^This/, "this"));
    else
      yield* io.complain(
        debian ? `${file}: Cannot open: ${errorText(error)}` : `can't open '${file}': ${errorText(error)}`,
      );
    if (debian) yield* io.complain("Error is not recoverable: exiting now");
    return debian ? 2 : 1;
  }
  const wanted = (name: string): boolean =>
    io.operands.length === 0 ||
    io.operands.some((operand) => name === operand || name.startsWith(`${operand.replace(/\/+$/, "")}/`));
  let failed = false;
  for (const entry of entries) {
    if (!wanted(entry.name)) continue;
    if (io.has("t")) yield* io.out(`${entry.name}\n`);
    else if (io.has("O")) yield* io.out(entry.data);
    else {
      if (io.has("v")) yield* io.out(`${entry.name}\n`);
      failed = !(yield* extract(io, entry, directory)) || failed;
    }
  }
  for (const operand of io.operands) {
    if (entries.some(({ name }) => name === operand || name.startsWith(`${operand.replace(/\/+$/, "")}/`))) continue;
    failed = true;
    yield* io.complain(`${operand}: ${io.flavour === "debian" ? "Not found in archive" : "not found in archive"}`);
  }
  return yield* finish(io, failed);
}

function* notGzipped(io: CommandIo): Call<number> {
  if (io.flavour === "busybox") {
    yield* io.complain("invalid magic");
    yield* io.complain("short read");
    return 1;
  }
  yield* write(2, "\ngzip: stdin: not in gzip format\n");
  yield* io.complain("Child returned status 1");
  yield* io.complain("Error is not recoverable: exiting now");
  return 2;
}

function* extract(io: CommandIo, entry: TarEntry, directory: string): Call<boolean> {
  const { fs } = io.ctx;
  const name = entry.name.replace(/^\/+/, "").replace(/\/+$/, "");
  if (name === "" || name === ".") return true;
  if (name.split("/").includes("..")) {
    yield* io.complain(`${entry.name}: Member name contains '..'`);
    return false;
  }
  const path = resolvePath(directory, name);
  try {
    if (io.has("k") && fs.exists(path) && entry.type !== "directory") {
      yield* io.complain(`${entry.name}: Cannot open: File exists`);
      return false;
    }
    const parent = parentPath(path);
    if (!fs.exists(parent)) fs.mkdir(parent, { recursive: true });
    if (entry.type === "directory") fs.mkdir(path, { recursive: true });
    else if (entry.type === "symlink") {
      if (fs.exists(path)) fs.remove(path);
      fs.symlink(entry.link, path);
      return true;
    } else fs.writeFile(path, entry.data);
    fs.chmod(path, io.has("no-permissions") ? entry.mode & 0o755 : entry.mode);
    if (io.ctx.user.uid === 0 && !io.has("o")) fs.chown(path, entry.uid, entry.gid);
    if (!io.has("m")) fs.touch(path, entry.mtime);
    return true;
  } catch (error) {
    yield* io.complain(
      io.flavour === "debian"
        ? `${entry.name}: Cannot open: ${errorText(error)}`
        : `can't open '${name}': ${errorText(error)}`,
    );
    return false;
  }
}
