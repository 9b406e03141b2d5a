import { inColumns, textWidth } from "../../runtime/text-width.ts";
import { defineCommand } from "../command.ts";
import { LineReader } from "../lines.ts";

export const column = defineCommand({
  name: "column",
  usage:
    "Usage: column [OPTION]... [FILE]...\nColumnate lists.\n\n  -t  determine the number of columns of the input and make a table\n  -s CHARS  possible table delimiters\n  -o STRING  columns separator for table output",
  options: { flags: "t", values: "soc", long: { table: "t", "separator=": "s", "output-separator=": "o" } },
  *run(io) {
    const lines: string[] = [];
    const status = yield* io.eachInput(function* (fd) {
      for (const line of yield* new LineReader(fd).all()) if (line.trim() !== "") lines.push(line);
    });
    if (!io.has("t")) {
      if (lines.length > 0) yield* io.out(inColumns(lines, Number(io.value("c") ?? io.ctx.tty(1)?.columns ?? 80)));
      return status;
    }
    const separators = io.value("s");
    const rows = lines.map((line) =>
      separators === undefined
        ? line.trim().split(/\s+/)
        : line.split(new RegExp(`[${separators.replace(/[\]\\^-]/g, "\\$&")}]`)),
    );
    const widths: number[] = [];
    for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, textWidth(cell))));
    const glue = io.value("o") ?? "  ";
    for (const row of rows) {
      const cells = row.map((cell, at) =>
        at === row.length - 1 ? cell : cell + " ".repeat((widths[at] as number) - textWidth(cell)),
      );
      yield* io.out(`${cells.join(glue)}\n`);
    }
    return status;
  },
});
