import type { Call } from "../../base/syscalls.ts";
import { read } from "../../base/syscalls.ts";
import { utf8Length } from "../../runtime/file-nodes.ts";
import { defineCommand } from "../command.ts";

export const wc = defineCommand({
  name: "wc",
  usage: `
Usage: wc [OPTION]... [FILE]...
Print newline, word, and byte counts for each FILE, and a total line.

  -c bytes   -m characters   -l lines   -w words   -L longest line`,
  options: { flags: "cmlwL", long: { bytes: "c", chars: "m", lines: "l", words: "w", "max-line-length": "L" } },
  *run(io) {
    const chosen = ["l", "w", "m", "c", "L"].filter((flag) => io.has(flag));
    const columns = chosen.length > 0 ? chosen : ["l", "w", "c"];
    const rows: { counts: number[]; name: string }[] = [];
    const status = yield* io.eachInput(function* (fd, name) {
      rows.push({ counts: yield* count(fd, columns), name: io.operands.length === 0 ? "" : name });
    });
    if (rows.length > 1) {
      const sums = columns.map((column, at) =>
        rows.reduce(
          (sum, row) => (column === "L" ? Math.max(sum, row.counts[at] as number) : sum + (row.counts[at] as number)),
          0,
        ),
      );
      rows.push({ counts: sums, name: "total" });
    }
    const single = columns.length === 1 && rows.length === 1;
    const widest = Math.max(...rows.flatMap((row) => row.counts.map((each) => String(each).length)), 0);
    const width = single ? 0 : io.operands.length === 0 || io.operands.includes("-") ? 7 : widest;
    for (const row of rows) {
      const text = row.counts.map((each) => String(each).padStart(width)).join(" ");
      yield* io.out(`${text}${row.name === "" ? "" : ` ${row.name}`}\n`);
    }
    return status;
  },
});

function* count(fd: number, columns: readonly string[]): Call<number[]> {
  const totals = { l: 0, w: 0, m: 0, c: 0, L: 0 };
  let inWord = false;
  let length = 0;
  for (let piece = yield* read(fd); piece !== null; piece = yield* read(fd)) {
    totals.c += utf8Length(piece);
    for (const char of piece) {
      totals.m++;
      if (char === "\n") {
        totals.l++;
        length = 0;
      } else totals.L = Math.max(totals.L, ++length);
      const blank = char === " " || (char >= "\t" && char <= "\r");
      if (!blank && !inWord) totals.w++;
      inWord = !blank;
    }
  }
  return columns.map((column) => totals[column as keyof typeof totals]);
}
