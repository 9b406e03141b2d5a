import { defineCommand } from "../command.ts";

export const printenv = defineCommand({
  name: "printenv",
  usage: "Usage: printenv [VARIABLE]...\nPrint the values of the specified environment VARIABLE(s), or all.",
  *run(io) {
    if (io.operands.length === 0) {
      yield* io.out(
        Object.entries(io.ctx.env)
          .map(([name, value]) => `${name}=${value}\n`)
          .join(""),
      );
      return 0;
    }
    let status = 0;
    for (const name of io.operands) {
      const value = io.ctx.env[name];
      if (value === undefined) status = 1;
      else yield* io.out(`${value}\n`);
    }
    return status;
  },
});
