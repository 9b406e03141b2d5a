/** What files take of their disk, folder by folder. Upstream: coreutils src/du.c, busybox coreutils/du.c. */
import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { humanSize, tenthsSize } from "../sizes.ts";

const BLOCK = 4096;

/** **Simplified:** a file takes whole blocks of 4 KiB, a folder one, wherever they lie. */
export const du = defineCommand({
  name: "du",
  usage: `
Usage: du [OPTION]... [FILE]...
Summarize device usage of the set of FILEs, recursively for directories.

  -a  files too, not just directories      -c  a grand total
  -d N, --max-depth=N  only so deep        -s  only a total for each argument
  -h  sizes like 1K 234M 2G    -k  in 1 KiB    -m  in 1 MiB    -b  bytes of the files themselves`,
  options: {
    flags: "achkmsb",
    values: "d",
    long: {
      ...{ all: "a", total: "c", "human-readable": "h", summarize: "s", bytes: "b", "max-depth=": "d" },
    },
  },
  *run(io) {
    const depth = io.has("s") ? "0" : io.value("d");
    if (depth !== undefined && !/^\d+$/.test(depth)) {
      return yield* io.misuse(
        io.flavour === "debian" ? `invalid maximum depth '${depth}'` : `invalid number '${depth}'`,
      );
    }
    const most = depth === undefined ? Number.POSITIVE_INFINITY : Number(depth);
    const count = new Count(io, most);
    let total = 0;
    for (const name of io.operands.length === 0 ? ["."] : io.operands) {
      if (io.ctx.fs.exists(io.path(name))) total += yield* count.add(name, 0);
      else yield* count.missing(name);
    }
    if (io.has("c")) yield* io.out(`${sizeText(io, total)}\ttotal\n`);
    return count.status;
  },
});

class Count {
  status = 0;
  private readonly io: CommandIo;
  private readonly most: number;

  constructor(io: CommandIo, most: number) {
    this.io = io;
    this.most = most;
  }

  *missing(name: string): Call<void> {
    const { io } = this;
    this.status = 1;
    yield* io.failed(
      io.flavour === "debian" ? `cannot access '${name}'` : name,
      new SystemError("ENOENT", io.path(name)),
    );
  }

  /** Prints what is in `name`, folders after what is in them, and answers with its bytes. */
  *add(name: string, depth: number): Call<number> {
    const { io } = this;
    const { type, size } = io.ctx.fs.lstat(io.path(name));
    const folder = type === "directory";
    let bytes = folder ? BLOCK : io.has("b") ? size : type === "file" ? Math.ceil(size / BLOCK) * BLOCK : 0;
    if (folder) {
      for (const entry of yield* this.entries(name)) {
        bytes += yield* this.add(name.endsWith("/") ? name + entry : `${name}/${entry}`, depth + 1);
      }
    }
    if (depth <= this.most && (folder || depth === 0 || io.has("a"))) {
      yield* io.out(`${sizeText(io, bytes)}\t${name}\n`);
    }
    return bytes;
  }

  private *entries(name: string): Call<string[]> {
    const { io } = this;
    try {
      return io.ctx.fs.readdir(io.path(name));
    } catch (error) {
      this.status = 1;
      yield* io.failed(io.flavour === "debian" ? `cannot read directory '${name}'` : `can't open '${name}'`, error);
      return [];
    }
  }
}

function sizeText(io: CommandIo, bytes: number): string {
  if (io.has("h")) return io.flavour === "debian" ? humanSize(bytes) : tenthsSize(bytes);
  return String(Math.ceil(bytes / (io.has("b") ? 1 : io.has("m") ? 1024 ** 2 : 1024)));
}
