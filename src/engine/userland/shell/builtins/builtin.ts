import type { Call } from "../../../base/syscalls.ts";
import type { Shell } from "../shell.ts";

/** bash's message for an option that a builtin doesn't know. */
export function* invalidOption(shell: Shell, name: string, option: string, usage: string): Call<number> {
  yield* shell.complain(`${name}: ${option}: invalid option`);
  if (usage !== "") yield* shell.err(`${name}: usage: ${usage}\n`);
  return 2;
}
