import type { Call } from "../../base/syscalls.ts";
import { ExitShell } from "./control.ts";
import type { Shell } from "./shell.ts";

/** Runs a trap's action; `$?` is afterwards what it was. */
export function* runTrap(shell: Shell, action: string): Call<void> {
  const { status, pipeStatus } = shell;
  yield* shell.interpreter.runSource(shell, action);
  shell.status = status;
  shell.pipeStatus = pipeStatus;
}

/** The EXIT trap, once; answers with the shell's exit status. */
export function* runExitTrap(shell: Shell, status: number): Call<number> {
  const action = shell.traps.get("EXIT");
  if (action === undefined || action === "") return status;
  shell.traps.delete("EXIT");
  shell.status = status;
  try {
    yield* runTrap(shell, action);
  } catch (error) {
    if (error instanceof ExitShell) return error.status;
    throw error;
  }
  return status;
}
