import { defineCommand } from "../command.ts";
import { mapLines } from "../lines.ts";

export const fold = defineCommand({
  name: "fold",
  usage:
    "Usage: fold [-s] [-w WIDTH] [FILE]...\nWrap input lines.\n\n  -s  break at spaces\n  -w WIDTH  use WIDTH columns instead of 80",
  options: { flags: "sb", values: "w", numeric: "w", long: { spaces: "s", "width=": "w", bytes: "b" } },
  *run(io) {
    const width = Number(io.value("w") ?? 80);
    if (!(width >= 1)) return yield* io.misuse(`invalid number of columns: '${io.value("w")}'`);
    return yield* io.eachInput((fd) =>
      mapLines(fd, (line) => {
        const pieces: string[] = [];
        let rest = line;
        while (rest.length > width) {
          const space = io.has("s") ? rest.slice(0, width).lastIndexOf(" ") : -1;
          const at = space < 0 ? width : space + 1;
          pieces.push(rest.slice(0, at));
          rest = rest.slice(at);
        }
        return [...pieces, rest].join("\n");
      }),
    );
  },
});
