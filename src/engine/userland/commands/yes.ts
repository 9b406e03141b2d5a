import { defineCommand } from "../command.ts";

const LINES_AT_ONCE = 512;

export const yes = defineCommand({
  name: "yes",
  usage: "Usage: yes [STRING]...\nRepeatedly output a line with all specified STRING(s), or 'y'.",
  *run(io) {
    const text = `${io.operands.length === 0 ? "y" : io.operands.join(" ")}\n`.repeat(LINES_AT_ONCE);
    for (;;) yield* io.out(text);
  },
});
