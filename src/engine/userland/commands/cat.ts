import type { Call } from "../../base/syscalls.ts";
import { read } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { LineReader } from "../lines.ts";

export const cat = defineCommand({
  name: "cat",
  usage: `
Usage: cat [OPTION]... [FILE]...
Concatenate FILE(s) to standard output.

  -n   number all output lines
  -b   number nonempty output lines
  -s   suppress repeated empty output lines
  -E   display $ at end of each line
  -T   display TAB characters as ^I
  -A   equivalent to -ET`,
  options: {
    flags: "nbsETAuve",
    long: {
      number: "n",
      "number-nonblank": "b",
      "squeeze-blank": "s",
      "show-ends": "E",
      "show-tabs": "T",
      "show-all": "A",
    },
  },
  *run(io) {
    const state = { line: 0, blank: false };
    const plain = !["n", "b", "s", "E", "T", "A", "e", "v"].some((flag) => io.has(flag));
    return yield* io.eachInput((fd) => (plain ? copy(io, fd) : decorate(io, fd, state)));
  },
});

function* copy(io: CommandIo, fd: number): Call<void> {
  for (let piece = yield* read(fd); piece !== null; piece = yield* read(fd)) yield* io.out(piece);
}

function* decorate(io: CommandIo, fd: number, state: { line: number; blank: boolean }): Call<void> {
  const ends = io.has("E") || io.has("A") || io.has("e");
  const tabs = io.has("T") || io.has("A");
  const reader = new LineReader(fd);
  for (let batch = yield* reader.batch(); batch !== null; batch = yield* reader.batch()) {
    let text = "";
    for (const line of batch) {
      if (io.has("s") && line === "" && state.blank) continue;
      state.blank = line === "";
      const numbered = io.has("b") ? line !== "" : io.has("n");
      const shown = tabs ? line.replaceAll("\t", "^I") : line;
      text += `${numbered ? `${String(++state.line).padStart(6)}\t` : ""}${shown}${ends ? "$" : ""}\n`;
    }
    yield* io.out(reader.unterminated ? text.replace(/\$?\n$/, "") : text);
  }
}
