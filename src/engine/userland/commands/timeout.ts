import type { Signal } from "../../base/program.ts";
import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { kill, sleep, spawn, waitAny } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { errorText } from "../errors.ts";
import { signalName } from "../shell/shell.ts";
import { parseDuration } from "../sizes.ts";

export const timeout = defineCommand({
  name: "timeout",
  usage:
    "Usage: timeout [OPTION] DURATION COMMAND [ARG]...\nStart COMMAND, and kill it if still running after DURATION.\n\n  -s SIGNAL    signal to send (TERM)\n  -k DURATION  also send KILL this long after it",
  options: { values: "sk", stopAtOperand: true, long: { "signal=": "s", "kill-after=": "k" } },
  badUsageStatus: 125,
  *run(io) {
    const [duration, ...argv] = io.operands;
    if (duration === undefined || argv.length === 0) return yield* io.misuse("missing operand", 125);
    const ms = parseDuration(duration);
    if (ms === undefined) return yield* io.misuse(`invalid time interval '${duration}'`, 125);
    const signal = signalName(io.value("s") ?? "TERM");
    if (signal === undefined || signal === "EXIT" || signal === "ERR")
      return yield* io.misuse(`‘${io.value("s")}’: invalid signal`, 125);
    let pid: number;
    try {
      pid = yield* spawn({ argv, env: io.ctx.env, cwd: io.ctx.cwd, stdio: [0, 1, 2] });
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      yield* io.complain(`failed to run command ‘${argv[0]}’: ${errorText(error)}`);
      return error.errno === "ENOENT" ? 127 : 126;
    }
    const code = yield* within(io, pid, ms === 0 ? Number.POSITIVE_INFINITY : ms);
    if (code !== undefined) return code;
    yield* kill(pid, signal as Signal);
    const grace = parseDuration(io.value("k") ?? "infinity") ?? Number.POSITIVE_INFINITY;
    if ((yield* within(io, pid, grace)) === undefined) {
      yield* kill(pid, "SIGKILL");
      yield* within(io, pid, Number.POSITIVE_INFINITY);
      return 137;
    }
    return 124;
  },
});

/** The child's exit code, or undefined when it runs longer: a second child keeps the time. */
function* within(io: CommandIo, pid: number, ms: number): Call<number | undefined> {
  const timer = yield* spawn({
    argv: ["timeout-timer"],
    env: {},
    cwd: io.ctx.cwd,
    stdio: [0, 1, 2],
    *program() {
      yield* sleep(ms);
      return 0;
    },
  });
  for (;;) {
    const ended = yield* waitAny();
    if (ended.pid === timer) return undefined;
    if (ended.pid !== pid) continue;
    yield* kill(timer, "SIGKILL");
    return ended.code;
  }
}
