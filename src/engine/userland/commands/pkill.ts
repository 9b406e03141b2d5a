/** Processes by name: procps' pgrep and pkill, busybox' killall. **Simplified:** of their options -f and -x, and pkill's signal. */
import type { Signal } from "../../base/program.ts";
import { kill } from "../../base/syscalls.ts";
import type { Call } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { commandName } from "../process-names.ts";
import { searchExpression } from "../regular-expression.ts";
import { signalName } from "../shell/shell.ts";

interface Asked {
  expression: RegExp;
  /** The command line is meant, not the name. */
  whole: boolean;
}

function* asked(io: CommandIo, words: readonly string[]): Call<Asked | undefined> {
  const flags = words.filter((word) => word.startsWith("-"));
  const [pattern, ...more] = words.filter((word) => !word.startsWith("-"));
  const wrong = flags.find((flag) => !/^-[fx]+$/.test(flag));
  if (wrong !== undefined) yield* io.misuse(`invalid option -- '${wrong.slice(1)}'`);
  else if (pattern === undefined) yield* io.misuse("no matching criteria specified");
  else if (more.length > 0) yield* io.misuse("only one pattern can be provided");
  else {
    const has = (letter: string): boolean => flags.some((flag) => flag.includes(letter));
    const expression = searchExpression([pattern], { syntax: "extended", lines: has("x") });
    if (typeof expression !== "string") return { expression, whole: has("f") };
    yield* io.complain(expression);
  }
  return undefined;
}

/** Pids whose name, or with -f the command line, matches; never this process itself. */
function matching(io: CommandIo, { expression, whole }: Asked): number[] {
  return io.ctx
    .processes()
    .filter(({ pid, argv }) => {
      return pid !== io.ctx.pid && expression.test(whole ? argv.join(" ") : commandName({ argv }));
    })
    .map(({ pid }) => pid)
    .sort((a, b) => a - b);
}

export const pgrep = defineCommand({
  name: "pgrep",
  usage: "Usage: pgrep [-fx] PATTERN\nList the PIDs of processes whose names match PATTERN.",
  options: { none: true },
  *run(io) {
    const what = yield* asked(io, io.operands);
    if (what === undefined) return 2;
    const pids = matching(io, what);
    yield* io.out(pids.map((pid) => `${pid}\n`).join(""));
    return pids.length > 0 ? 0 : 1;
  },
});

export const pkill = defineCommand({
  name: "pkill",
  usage: "Usage: pkill [-SIGNAL] [-fx] PATTERN\nSignal the processes whose names match PATTERN.",
  options: { none: true },
  *run(io) {
    const [first = "", ...rest] = io.operands;
    const named = /^-(?:[A-Z]|\d)/.test(first) ? signalName(first.slice(1)) : undefined;
    const signal: Signal = named === undefined || named === "EXIT" || named === "ERR" ? "SIGTERM" : named;
    const what = yield* asked(io, named === undefined ? io.operands : rest);
    if (what === undefined) return 2;
    const pids = matching(io, what);
    for (const pid of pids) yield* kill(pid, signal);
    return pids.length > 0 ? 0 : 1;
  },
});

export const killall = defineCommand({
  name: "killall",
  usage: "Usage: killall [-lq] [-SIG] PROCESS_NAME...\n\nSend a signal (default: TERM) to given processes",
  options: { none: true },
  *run(io) {
    const words = io.operands.filter((word) => word !== "-q");
    const quiet = words.length < io.operands.length;
    const asks = words[0] === "-0";
    const named = !asks && words[0]?.startsWith("-") === true ? signalName(words[0].slice(1)) : undefined;
    if (!asks && words[0]?.startsWith("-") === true && (named === undefined || named === "EXIT" || named === "ERR")) {
      yield* io.complain(`bad signal name '${words[0].slice(1)}'`);
      return 1;
    }
    const names = asks || named !== undefined ? words.slice(1) : words;
    if (names.length === 0) return yield* io.misuse("you need to specify whom to kill");
    let status = 0;
    for (const name of names) {
      const found = io.ctx.processes().filter(({ pid, argv }) => pid !== io.ctx.pid && commandName({ argv }) === name);
      if (!asks) for (const { pid } of found) yield* kill(pid, (named ?? "SIGTERM") as Signal);
      if (found.length > 0) continue;
      status = 1;
      if (!quiet) yield* io.complain(`${name}: no process killed`);
    }
    return status;
  },
});
