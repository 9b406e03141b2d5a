import type { Call } from "../../base/syscalls.ts";
import { read } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { parseSize } from "../sizes.ts";
import { LineReader } from "../lines.ts";

export const head = defineCommand({
  name: "head",
  usage: `
Usage: head [OPTION]... [FILE]...
Print the first 10 lines of each FILE to standard output.

  -c NUM   print the first NUM bytes
  -n NUM   print the first NUM lines; with a leading -, all but the last NUM
  -q       never print headers giving file names
  -v       always print headers giving file names`,
  options: {
    flags: "qv",
    values: "nc",
    numeric: "n",
    long: { "lines=": "n", "bytes=": "c", quiet: "q", silent: "q", verbose: "v" },
  },
  *run(io) {
    const bytes = io.value("c");
    const text = bytes ?? io.value("n") ?? "10";
    const count = parseSize(text.replace(/^-/, ""));
    if (count === undefined) {
      yield* io.complain(
        `invalid number of ${bytes === undefined ? "lines" : "bytes"}: ${io.flavour === "debian" ? `‘${text}’` : `'${text}'`}`,
      );
      return 1;
    }
    const titled = io.has("v") || (io.operands.length > 1 && !io.has("q"));
    let first = true;
    return yield* io.eachInput(function* (fd, name) {
      if (titled) yield* io.out(`${first ? "" : "\n"}==> ${name === "-" ? "standard input" : name} <==\n`);
      first = false;
      if (text.startsWith("-")) yield* allButLast(io, fd, { count, bytes: bytes !== undefined });
      else if (bytes !== undefined) yield* firstBytes(io, fd, count);
      else yield* firstLines(io, fd, count);
    });
  },
});

function* firstLines(io: CommandIo, fd: number, count: number): Call<void> {
  let left = count;
  while (left > 0) {
    const piece = yield* read(fd);
    if (piece === null) return;
    let at = -1;
    while (left > 0 && (at = piece.indexOf("\n", at + 1)) >= 0) left--;
    yield* io.out(left > 0 ? piece : piece.slice(0, at + 1));
  }
}

function* firstBytes(io: CommandIo, fd: number, count: number): Call<void> {
  let left = count;
  while (left > 0) {
    const piece = yield* read(fd);
    if (piece === null) return;
    yield* io.out(piece.slice(0, left));
    left -= piece.length;
  }
}

function* allButLast(io: CommandIo, fd: number, what: { count: number; bytes: boolean }): Call<void> {
  if (what.bytes) {
    let text = "";
    for (let piece = yield* read(fd); piece !== null; piece = yield* read(fd)) text += piece;
    return yield* io.out(text.slice(0, Math.max(0, text.length - what.count)));
  }
  const lines = yield* new LineReader(fd).all();
  yield* io.out(
    lines
      .slice(0, Math.max(0, lines.length - what.count))
      .map((line) => `${line}\n`)
      .join(""),
  );
}
