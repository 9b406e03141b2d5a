import type { Call } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { LineReader } from "../lines.ts";

export const paste = defineCommand({
  name: "paste",
  usage:
    "Usage: paste [OPTION]... [FILE]...\nWrite lines consisting of the corresponding lines from each FILE, separated by TABs.\n\n  -d LIST  use characters from LIST instead of TABs\n  -s  one file at a time",
  options: { flags: "s", values: "d", long: { serial: "s", "delimiters=": "d" } },
  *run(io) {
    const delimiters = [...(io.value("d") ?? "\t").replaceAll("\\n", "\n").replaceAll("\\t", "\t")];
    const join = (items: readonly string[]): string =>
      items.reduce(
        (text, item, at) => (at === 0 ? item : text + (delimiters[(at - 1) % delimiters.length] ?? "") + item),
        "",
      );
    const columns: string[][] = [];
    const status = yield* io.eachInput(function* (fd): Call<void> {
      columns.push(yield* new LineReader(fd).all());
    });
    if (io.has("s")) {
      for (const column of columns) yield* io.out(`${join(column)}\n`);
      return status;
    }
    // Standard input named twice gives its lines in turn (`paste - -`).
    const dashes = io.operands.filter((name) => name === "-").length;
    if (dashes > 1 && dashes === io.operands.length) {
      const lines = columns[0] ?? [];
      for (let at = 0; at < lines.length; at += dashes) {
        yield* io.out(`${join(Array.from({ length: dashes }, (_, index) => lines[at + index] ?? ""))}\n`);
      }
      return status;
    }
    const rows = Math.max(0, ...columns.map((column) => column.length));
    for (let row = 0; row < rows; row++) yield* io.out(`${join(columns.map((column) => column[row] ?? ""))}\n`);
    return status;
  },
});
