import { defineCommand } from "../command.ts";
import { mapLines } from "../lines.ts";

export const nl = defineCommand({
  name: "nl",
  usage:
    "Usage: nl [OPTION]... [FILE]...\nWrite each FILE with line numbers added.\n\n  -b a|t  all lines, nonempty lines (default)\n  -w N    width of line numbers\n  -s STR  text after them\n  -v N    first number",
  options: { values: "bwsvn" },
  *run(io) {
    let number = Number(io.value("v") ?? 1);
    const width = Number(io.value("w") ?? 6);
    const separator = io.value("s") ?? "\t";
    const all = io.value("b") === "a";
    return yield* io.eachInput((fd) =>
      mapLines(fd, (line) =>
        line === "" && !all
          ? " ".repeat(width + separator.length)
          : `${String(number++).padStart(width)}${separator}${line}`,
      ),
    );
  },
});
