import { defineCommand } from "../command.ts";

export const pwd = defineCommand({
  name: "pwd",
  usage: "Usage: pwd [OPTION]...\nPrint the full filename of the current working directory.",
  options: { flags: "LP" },
  *run(io) {
    yield* io.out(`${io.ctx.cwd}\n`);
    return 0;
  },
});
