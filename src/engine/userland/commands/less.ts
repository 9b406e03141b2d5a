import type { Call } from "../../base/syscalls.ts";
import { open, read, readAll, setTtyMode } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";

const USAGE =
  "Usage: less [FILE]...\nShow text page by page: space for the next page, Enter for the next line, q to quit. Without a terminal it prints.";

/** Simplified: forward only; no search. */
export const less = defineCommand({ name: "less", usage: USAGE, options: { flags: "FRXSNiMe" }, run: page });
export const more = defineCommand({ name: "more", usage: USAGE, options: { flags: "des" }, run: page });

function* page(io: CommandIo): Call<number> {
  let text = "";
  const status = yield* io.eachInput(function* (fd) {
    text += yield* readAll(fd);
  });
  const terminal = io.ctx.tty(1);
  if (terminal === undefined) {
    yield* io.out(text);
    return status;
  }
  const lines = text.replace(/\n$/, "").split("\n");
  const size = Math.max(1, terminal.rows - 1);
  if (lines.length <= size) {
    yield* io.out(text);
    return status;
  }
  const keys = yield* open("/dev/tty", "read");
  yield* setTtyMode(keys, "raw");
  try {
    let at = 0;
    let count = size;
    while (at < lines.length) {
      yield* io.out(`${lines.slice(at, at + count).join("\r\n")}\r\n`);
      at += count;
      if (at >= lines.length) break;
      yield* io.out("\u001b[7m:\u001b[0m");
      const key = (yield* read(keys)) ?? "q";
      yield* io.out("\r\u001b[K");
      if (/[q\u0003\u0004]/.test(key)) break;
      count = /[\rj\n]|\u001b\[B/.test(key) ? 1 : size;
    }
  } finally {
    yield* setTtyMode(keys, "cooked");
  }
  return status;
}
