/** gzip, gunzip and zcat. Upstream: gzip 1.13; busybox archival/gzip.c, bbunzip.c. For compression see base/gzip.ts. */
import { gunzipped, gzipped } from "../../base/gzip.ts";
import { SystemError } from "../../base/program.ts";
import { close, readAll, write } from "../../base/syscalls.ts";
import type { Call } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { Command, CommandIo } from "../command.ts";

/** Undefined after a message. */
function* convert(
  io: CommandIo,
  text: string,
  { name, back }: { name: string; back: boolean },
): Call<string | undefined> {
  if (!back) return gzipped(text);
  const plain = gunzipped(text);
  if (plain !== undefined) return plain;
  const shown = name === "-" ? "stdin" : name;
  // gunzip and zcat are scripts that run gzip.
  if (io.flavour === "debian") yield* write(2, `\ngzip: ${shown}: not in gzip format\n`);
  else yield* io.complain("invalid magic");
  return undefined;
}

function* convertFile(io: CommandIo, name: string, how: { back: boolean; out: boolean }): Call<boolean> {
  const fd = yield* io.input(name);
  if (fd === undefined) return false;
  try {
    const text = yield* convert(io, yield* readAll(fd), { name, back: how.back });
    if (fd !== 0) yield* close(fd);
    if (text === undefined) return false;
    if (how.out || name === "-") yield* io.out(text);
    else return yield* replaceFile(io, name, { text, back: how.back });
    return true;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return yield* io.failed(name, error);
  }
}

function* replaceFile(io: CommandIo, name: string, how: { text: string; back: boolean }): Call<boolean> {
  const { fs } = io.ctx;
  if (!how.back && name.endsWith(".gz")) {
    yield* io.complain(`${name} already has .gz suffix -- unchanged`);
    return true;
  }
  if (how.back && !/\.t?gz$/.test(name)) {
    yield* io.complain(`${name}: unknown suffix -- ignored`);
    return false;
  }
  const target = io.path(how.back ? name.replace(/\.tgz$/, ".tar").replace(/\.gz$/, "") : `${name}.gz`);
  if (fs.exists(target) && !io.has("f")) {
    yield* io.complain(`${target.slice(target.lastIndexOf("/") + 1)} already exists`);
    return false;
  }
  fs.writeFile(target, how.text, { mode: fs.stat(io.path(name)).mode });
  if (!io.has("k")) fs.remove(io.path(name));
  return true;
}

function tool(name: string, { back, out }: { back: boolean; out: boolean }): Command {
  return defineCommand({
    name,
    usage: `Usage: ${name} [-cfkdt] [FILE]...\n${back ? "Decompress" : "Compress"} FILEs (or stdin).\n\n  -c  write to stdout\n  -d  decompress\n  -f  force\n  -k  keep input files\n  -t  test integrity`,
    options: {
      flags: "cdfktvqn123456789",
      long: { stdout: "c", decompress: "d", force: "f", keep: "k", test: "t", best: "9", fast: "1" },
    },
    *run(io) {
      const how = { back: back || io.has("d") || io.has("t"), out: out || io.has("c") };
      const names = io.operands.length === 0 ? ["-"] : io.operands;
      let good = true;
      for (const each of names) {
        if (io.has("t")) {
          const fd = yield* io.input(each);
          const text =
            fd === undefined ? undefined : yield* convert(io, yield* readAll(fd), { name: each, back: true });
          good = text !== undefined && good;
        } else good = (yield* convertFile(io, each, how)) && good;
      }
      return good ? 0 : 1;
    },
  });
}

export const gzipTools = [
  tool("gzip", { back: false, out: false }),
  tool("gunzip", { back: true, out: false }),
  tool("zcat", { back: true, out: true }),
];
