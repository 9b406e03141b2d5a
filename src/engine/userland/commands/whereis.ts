import { defineCommand } from "../command.ts";

/** Simplified: programs alone; there are no manuals and no sources. */
export const whereis = defineCommand({
  name: "whereis",
  usage: "Usage: whereis NAME...\nLocate the binary of a command.",
  *run(io) {
    for (const name of io.operands) {
      const path = io.ctx.which(name);
      yield* io.out(`${name}:${path === undefined ? "" : ` ${path}`}\n`);
    }
    return 0;
  },
});
