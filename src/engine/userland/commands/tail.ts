import type { Call } from "../../base/syscalls.ts";
import { read, sleep } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { LineReader } from "../lines.ts";
import { parseDuration, parseSize } from "../sizes.ts";

export const tail = defineCommand({
  name: "tail",
  usage: `
Usage: tail [OPTION]... [FILE]...
Print the last 10 lines of each FILE to standard output.

  -c [+]NUM  the last NUM bytes; with +, from byte NUM on
  -n [+]NUM  the last NUM lines; with +, from line NUM on
  -f, -F     output appended data as the file grows
  -s NUM     seconds between looks at a file, with -f
  -q, -v     never, always print headers`,
  options: {
    flags: "fFqv",
    values: "ncs",
    numeric: "n",
    long: {
      "lines=": "n",
      "bytes=": "c",
      "follow=?": "f",
      quiet: "q",
      verbose: "v",
      "sleep-interval=": "s",
      retry: "F",
    },
  },
  *run(io) {
    const bytes = io.value("c") !== undefined;
    const text = io.value("c") ?? io.value("n") ?? "10";
    const count = parseSize(text.replace(/^[-+]/, ""));
    if (count === undefined) {
      yield* io.complain(
        `invalid number of ${bytes ? "bytes" : "lines"}: ${io.flavour === "debian" ? `‘${text}’` : `'${text}'`}`,
      );
      return 1;
    }
    const what = { count, bytes, from: text.startsWith("+") };
    const titled = io.has("v") || (io.operands.length > 1 && !io.has("q"));
    let first = true;
    if (io.has("F")) yield* whenThere(io);
    const status = yield* io.eachInput(function* (fd, name) {
      if (titled) yield* io.out(`${first ? "" : "\n"}==> ${name === "-" ? "standard input" : name} <==\n`);
      first = false;
      yield* last(io, fd, what);
      // The end of a file that grows is looked for again; other streams are over.
      if ((io.has("f") || io.has("F")) && fd !== 0) yield* follow(io, fd, parseDuration(io.value("s") ?? "1") ?? 1000);
    });
    return status;
  },
});

function* last(io: CommandIo, fd: number, what: { count: number; bytes: boolean; from: boolean }): Call<void> {
  if (what.bytes) {
    let text = "";
    for (let piece = yield* read(fd); piece !== null; piece = yield* read(fd)) text += piece;
    return yield* io.out(
      what.from ? text.slice(Math.max(0, what.count - 1)) : what.count === 0 ? "" : text.slice(-what.count),
    );
  }
  const reader = new LineReader(fd);
  let kept: string[] = [];
  let number = 0;
  for (let batch = yield* reader.batch(); batch !== null; batch = yield* reader.batch()) {
    if (what.from) {
      const skip = Math.max(0, what.count - 1 - number);
      number += batch.length;
      const rest = batch.slice(skip);
      if (rest.length > 0) yield* io.out(rest.join("\n") + (reader.unterminated ? "" : "\n"));
      continue;
    }
    kept = what.count === 0 ? [] : [...kept, ...batch].slice(-what.count);
  }
  if (kept.length > 0) yield* io.out(kept.join("\n") + (reader.unterminated ? "" : "\n"));
}

/** -F: a file that isn't there may still come. */
function* whenThere(io: CommandIo): Call<void> {
  const everyMs = parseDuration(io.value("s") ?? "1") ?? 1000;
  for (const name of io.operands) {
    const path = io.path(name);
    if (name === "-" || io.ctx.fs.exists(path)) continue;
    const said = io.flavour === "busybox" ? `can't open '${name}'` : `cannot open '${name}' for reading`;
    yield* io.complain(`${said}: No such file or directory`);
    while (!io.ctx.fs.exists(path)) yield* sleep(everyMs);
    if (io.flavour === "debian") yield* io.complain(`'${name}' has appeared;  following new file`);
  }
}

/** Simplified: only the last FILE is followed. */
function* follow(io: CommandIo, fd: number, everyMs: number): Call<void> {
  for (;;) {
    const piece = yield* read(fd);
    if (piece === null) yield* sleep(everyMs);
    else yield* io.out(piece);
  }
}
