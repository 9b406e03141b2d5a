import { defineCommand } from "../command.ts";

export const clear = defineCommand({
  name: "clear",
  usage: "Usage: clear\nClear the terminal screen.",
  options: { flags: "x" },
  *run(io) {
    yield* io.out("\u001b[H\u001b[2J\u001b[3J");
    return 0;
  },
});
