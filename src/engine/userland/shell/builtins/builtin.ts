import type { Call } from "../../../base/syscalls.ts";
import type { Shell } from "../shell.ts";

/** A command that runs inside the shell's own process. `name` is the word that called it. */
export type Builtin = (shell: Shell, args: string[], name: string) => Call<number>;

/** bash's message for an option that a builtin doesn't know. */
export function* invalidOption(shell: Shell, name: string, option: string, usage: string): Call<number> {
  yield* shell.complain(`${name}: ${option}: invalid option`);
  if (usage !== "") yield* shell.err(`${name}: usage: ${usage}\n`);
  return 2;
}
