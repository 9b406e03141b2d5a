import { SIGNAL_NUMBERS, SystemError } from "../../../base/program.ts";
import type { Signal } from "../../../base/program.ts";
import type { Call } from "../../../base/syscalls.ts";
import { kill as killCall, trap as trapCall } from "../../../base/syscalls.ts";
import { errorText } from "../../errors.ts";
import { findJob, jobLine, reap, waitForJob } from "../jobs.ts";
import type { Job, Shell } from "../shell.ts";
import { signalName } from "../shell.ts";
import { quoteForShell } from "../quote.ts";
import type { Builtin } from "../shell.ts";

/** jobs [-l] [-p] */
export const jobs: Builtin = function* (shell, args) {
  yield* reap(shell);
  for (const job of shell.jobs) {
    const line = jobLine(shell, job);
    yield* shell.out(
      args.includes("-p")
        ? `${job.pid}\n`
        : args.includes("-l")
          ? `${line.slice(0, 5)}${job.pid} ${line.slice(6)}\n`
          : `${line}\n`,
    );
  }
  shell.jobs = shell.jobs.filter((job) => job.state !== "done");
  return 0;
};

function* noSuchJob(shell: Shell, name: string, text: string): Call<number> {
  yield* shell.complain(`${name}: ${text}: no such job`);
  return 1;
}

/** fg [job] */
export const fg: Builtin = function* (shell, args, name) {
  const job = findJob(shell, args[0]?.startsWith("%") === false ? `%${args[0]}` : (args[0] ?? "%%"));
  if (job === undefined) return yield* noSuchJob(shell, name, args[0] ?? "current");
  yield* shell.out(`${job.text}\n`);
  const status = yield* waitForJob(shell, job, { foreground: true });
  if (status === 130) yield* shell.err("\n");
  return status;
};

/** bg [job]: nothing is ever stopped, so a job that exists runs already. */
export const bg: Builtin = function* (shell, args, name) {
  const job = findJob(shell, args[0] ?? "%%");
  if (job === undefined) return yield* noSuchJob(shell, name, args[0] ?? "current");
  yield* shell.complain(`bg: job ${job.id} already in background`);
  return 0;
};

/** wait [-n] [pid|job …] */
export const waitBuiltin: Builtin = function* (shell, args) {
  const next = args[0] === "-n";
  if (next) args.shift();
  if (args.length === 0) {
    let status = 0;
    const mine: Job[] = [...shell.jobs];
    for (const job of next ? mine.slice(0, 1) : mine) {
      status = yield* waitForJob(shell, job);
      if (status > 128 && job.state === "running") return status;
    }
    return next ? status : 0;
  }
  let status = 0;
  for (const text of args) {
    const job = findJob(shell, text);
    if (job !== undefined) {
      status = yield* waitForJob(shell, job);
      continue;
    }
    if (/^\d+$/.test(text)) yield* shell.complain(`wait: pid ${text} is not a child of this shell`);
    else
      yield* shell.complain(
        `wait: ${text.startsWith("%") ? `${text}: no such job` : `\`${text}': not a pid or valid job spec`}`,
      );
    status = text.startsWith("%") || /^\d+$/.test(text) ? 127 : 1;
  }
  return status;
};

/** kill [-s SIG | -SIG] pid|job …, kill -l */
export const kill: Builtin = function* (shell, args) {
  let signal: Signal = "SIGTERM";
  if (args[0] === "-l" || args[0] === "-L") {
    const names = Object.entries(SIGNAL_NUMBERS).sort((a, b) => a[1] - b[1]);
    yield* shell.out(`${names.map(([name, number]) => `${String(number).padStart(2)}) ${name}`).join("\t")}\n`);
    return 0;
  }
  if (args[0]?.startsWith("-") && args[0] !== "--") {
    const flag = args.shift() as string;
    const text = flag === "-s" || flag === "-n" ? (args.shift() ?? "") : flag.slice(1);
    const named = text === "0" ? undefined : signalName(text);
    if (text !== "0" && (named === undefined || named === "EXIT" || named === "ERR")) {
      yield* shell.complain(`kill: ${text}: invalid signal specification`);
      return 1;
    }
    if (text === "0") return yield* probe(shell, args);
    signal = named as Signal;
  }
  if (args[0] === "--") args.shift();
  if (args.length === 0) {
    yield* shell.complain(
      "kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]",
    );
    return 2;
  }
  let status = 0;
  for (const target of args) {
    const job = target.startsWith("%") ? findJob(shell, target) : undefined;
    if (target.startsWith("%") ? job === undefined : !/^-?\d+$/.test(target)) {
      yield* shell.complain(
        target.startsWith("%")
          ? `kill: ${target}: no such job`
          : `kill: ${target}: arguments must be process or job IDs`,
      );
      status = 1;
      continue;
    }
    try {
      yield* killCall(job === undefined ? Number(target) : -job.pid, signal);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      yield* shell.complain(`kill: (${target}) - ${errorText(error)}`);
      status = 1;
    }
  }
  return status;
};

/** kill -0: is it there? */
function* probe(shell: Shell, targets: readonly string[]): Call<number> {
  const alive = new Set(shell.ctx.processes().map((process) => String(process.pid)));
  let status = 0;
  for (const target of targets) {
    if (alive.has(target)) continue;
    yield* shell.complain(`kill: (${target}) - No such process`);
    status = 1;
  }
  return status;
}

/** trap [action] signal …, trap -p, trap -l */
export const trap: Builtin = function* (shell, args) {
  if (args[0] === "--") args.shift();
  if (args.length === 0 || args[0] === "-p") {
    for (const [signal, action] of shell.traps) yield* shell.out(`trap -- ${quoteForShell(action)} ${signal}\n`);
    return 0;
  }
  const single = args.length === 1;
  const action = single ? "-" : (args[0] as string);
  let status = 0;
  for (const text of single ? args : args.slice(1)) {
    const signal = signalName(text);
    if (signal === undefined) {
      yield* shell.complain(`trap: ${text}: invalid signal specification`);
      status = 1;
      continue;
    }
    if (action === "-") shell.traps.delete(signal);
    else shell.traps.set(signal, action);
    if (signal === "EXIT" || signal === "ERR" || signal === "SIGKILL") continue;
    const kept = shell.interactive && (signal === "SIGINT" || signal === "SIGTERM" || signal === "SIGQUIT");
    yield* trapCall(signal, action === "-" ? (kept ? "queue" : "default") : action === "" ? "ignore" : "queue");
  }
  return status;
};
