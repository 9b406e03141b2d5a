import { defineCommand } from "../command.ts";

export const which = defineCommand({
  name: "which",
  usage: "Usage: which [-a] COMMAND...\nLocate a command.",
  options: { flags: "a" },
  *run(io) {
    let status = 0;
    for (const name of io.operands) {
      const path = io.ctx.which(name);
      if (path === undefined) status = 1;
      else yield* io.out(`${path}\n`);
    }
    return status;
  },
});
