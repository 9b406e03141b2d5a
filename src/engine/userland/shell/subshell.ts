import type { ProgramContext } from "../../base/program.ts";
import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { close, open, spawn } from "../../base/syscalls.ts";
import { cannotFork, BreakLoop, ExitShell, ReturnFunction, ShellError } from "./control.ts";
import type { Shell } from "./shell.ts";
import { runExitTrap } from "./traps.ts";

export interface SubshellOptions {
  /** Descriptors of the caller; undefined is closed, which reads as /dev/null. */
  stdio: readonly (number | undefined)[];
  body: (child: Shell) => Call<number>;
  newGroup?: boolean;
}

/** Runs `body` on a copy of the shell, in a process of its own. */
export function* spawnSubshell(shell: Shell, options: SubshellOptions): Call<number> {
  const stdio: number[] = [];
  let nothing: number | undefined;
  for (let at = 0; at < 3; at++) {
    const fd = options.stdio[at];
    if (fd === undefined) nothing ??= yield* open("/dev/null", "read-write");
    stdio.push((fd ?? nothing) as number);
  }
  const program = function* (ctx: ProgramContext): Call<number> {
    const child = shell.fork(ctx);
    return yield* runToEnd(child, options.body(child));
  };
  let pid: number;
  try {
    pid = yield* spawn({
      argv: [...shell.ctx.argv],
      env: shell.variables.exported(),
      cwd: shell.ctx.cwd,
      stdio: stdio as [number, number, number],
      program,
      newGroup: options.newGroup ?? false,
    });
  } catch (error) {
    if (error instanceof SystemError && error.errno === "EAGAIN") throw cannotFork(shell);
    throw error;
  }
  if (nothing !== undefined) yield* close(nothing);
  return pid;
}

/** Runs a shell's code to its exit status: `exit`, errors and the EXIT trap included. */
export function* runToEnd(shell: Shell, code: Call<number>): Call<number> {
  let status: number;
  try {
    status = yield* code;
  } catch (error) {
    if (error instanceof ExitShell || error instanceof ReturnFunction) status = error.status;
    else if (error instanceof BreakLoop) status = shell.status;
    else if (error instanceof ShellError) {
      yield* shell.complain(error.message);
      status = error.status;
    } else throw error;
  }
  return yield* runExitTrap(shell, status);
}
