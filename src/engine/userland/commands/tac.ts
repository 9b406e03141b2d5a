import { defineCommand } from "../command.ts";
import { LineReader } from "../lines.ts";

export const tac = defineCommand({
  name: "tac",
  usage: "Usage: tac [FILE]...\nWrite each FILE to standard output, last line first.",
  *run(io) {
    return yield* io.eachInput(function* (fd) {
      const lines = yield* new LineReader(fd).all();
      yield* io.out(
        lines
          .reverse()
          .map((line) => `${line}\n`)
          .join(""),
      );
    });
  },
});
