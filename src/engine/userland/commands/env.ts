import { SystemError } from "../../base/program.ts";
import { exec } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { errorText } from "../errors.ts";

export const env = defineCommand({
  name: "env",
  usage:
    "Usage: env [OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]\nSet each NAME to VALUE in the environment and run COMMAND.\n\n  -i  start with an empty environment\n  -u NAME  remove variable from the environment",
  options: {
    flags: "i0",
    values: "uC",
    stopAtOperand: true,
    long: { "ignore-environment": "i", "unset=": "u", null: "0", "chdir=": "C" },
  },
  badUsageStatus: 125,
  *run(io) {
    const words = [...io.operands];
    const values: Record<string, string> = io.has("i") || words[0] === "-" ? {} : { ...io.ctx.env };
    if (words[0] === "-") words.shift();
    for (const name of io.values("u")) delete values[name];
    for (let at = words[0]?.indexOf("=") ?? -1; at > 0; at = words[0]?.indexOf("=") ?? -1) {
      const word = words.shift() as string;
      values[word.slice(0, at)] = word.slice(at + 1);
    }
    if (words.length === 0) {
      const end = io.has("0") ? "\0" : "\n";
      yield* io.out(
        Object.entries(values)
          .map(([name, value]) => `${name}=${value}${end}`)
          .join(""),
      );
      return 0;
    }
    const directory = io.value("C");
    try {
      return yield* exec({
        argv: words,
        env: values,
        cwd: directory === undefined ? io.ctx.cwd : io.path(directory),
        stdio: [0, 1, 2],
      });
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      const name = words[0] as string;
      yield* io.complain(
        io.flavour === "debian" ? `‘${name}’: ${errorText(error)}` : `can't execute '${name}': ${errorText(error)}`,
      );
      return error.errno === "ENOENT" ? 127 : 126;
    }
  },
});
