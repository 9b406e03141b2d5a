/** Programs that run another one in their place: nohup, nice, setsid, ionice. Upstream: coreutils and util-linux. */
import { SystemError } from "../../base/program.ts";
import { exec, open, trap } from "../../base/syscalls.ts";
import type { Call } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { errorText } from "../errors.ts";

function* become(io: CommandIo, argv: readonly string[], stdio: [number, number, number] = [0, 1, 2]): Call<number> {
  try {
    return yield* exec({ argv: [...argv], env: io.ctx.env, cwd: io.ctx.cwd, stdio });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const name = argv[0] ?? "";
    yield* io.complain(
      io.flavour === "debian"
        ? `failed to run command '${name}': ${errorText(error)}`
        : `can't execute '${name}': ${errorText(error)}`,
    );
    return error.errno === "ENOENT" ? 127 : 126;
  }
}

export const nohup = defineCommand({
  name: "nohup",
  usage: "Usage: nohup COMMAND [ARG]...\nRun COMMAND, ignoring hangup signals.",
  options: { stopAtOperand: true },
  badUsageStatus: 125,
  *run(io) {
    if (io.operands.length === 0) return yield* io.misuse("missing operand", 125);
    yield* trap("SIGHUP", "ignore");
    if (io.ctx.tty(1) === undefined) return yield* become(io, io.operands);
    const file = yield* open("nohup.out", "append");
    yield* io.complain(
      io.flavour === "debian" ? "ignoring input and appending output to 'nohup.out'" : "appending output to nohup.out",
    );
    return yield* become(io, io.operands, [0, file, io.ctx.tty(2) === undefined ? 2 : file]);
  },
});

/** **Simplified:** all processes are equally nice. */
export const nice = defineCommand({
  name: "nice",
  usage: "Usage: nice [-n N] [COMMAND [ARG]...]\nRun COMMAND with an adjusted niceness.",
  options: { values: "n", stopAtOperand: true, numeric: "n", long: { "adjustment=": "n" } },
  badUsageStatus: 125,
  *run(io) {
    if (io.operands.length > 0) return yield* become(io, io.operands);
    yield* io.out("0\n");
    return 0;
  },
});

/** **Simplified:** a terminal that hangs up ends it nonetheless. */
export const setsid = defineCommand({
  name: "setsid",
  usage: "Usage: setsid [-c] COMMAND [ARG]...\nRun COMMAND in a new session.",
  options: { flags: "cfw", stopAtOperand: true },
  *run(io) {
    if (io.operands.length === 0) return yield* io.misuse("no command specified");
    return yield* become(io, io.operands);
  },
});
