import { defineCommand } from "../command.ts";
import { LineReader } from "../lines.ts";

export const uniq = defineCommand({
  name: "uniq",
  usage: `
Usage: uniq [OPTION]... [INPUT]
Filter adjacent matching lines.

  -c  prefix lines by the number of occurrences
  -d  only duplicate lines     -u  only unique lines
  -i  ignore case              -f N  skip the first N fields    -s N  skip N characters`,
  options: {
    flags: "cdui",
    values: "fs",
    long: { count: "c", repeated: "d", unique: "u", "ignore-case": "i", "skip-fields=": "f", "skip-chars=": "s" },
  },
  *run(io) {
    const skipFields = Number(io.value("f") ?? 0);
    const skipChars = Number(io.value("s") ?? 0);
    const key = (line: string): string => {
      let text = line;
      for (let i = 0; i < skipFields; i++) text = text.replace(/^\s*\S+/, "");
      text = text.slice(skipChars);
      return io.has("i") ? text.toLowerCase() : text;
    };
    const format = (line: string, count: number): string => {
      if ((io.has("d") && count < 2) || (io.has("u") && count > 1)) return "";
      return `${io.has("c") ? `${String(count).padStart(7)} ` : ""}${line}\n`;
    };
    return yield* io.eachInput(function* (fd) {
      const reader = new LineReader(fd);
      let held: string | undefined;
      let count = 0;
      for (let batch = yield* reader.batch(); batch !== null; batch = yield* reader.batch()) {
        let text = "";
        for (const line of batch) {
          if (held !== undefined && key(held) === key(line)) {
            count++;
            continue;
          }
          if (held !== undefined) text += format(held, count);
          held = line;
          count = 1;
        }
        yield* io.out(text);
      }
      if (held !== undefined) yield* io.out(format(held, count));
    });
  },
});
