import type { CommandExpansionPart, ProcessSubstitutionPart } from "unbash";
import type { Call } from "../../base/syscalls.ts";
import { close, open, pipe, readAll, wait } from "../../base/syscalls.ts";
import { ShellError } from "./control.ts";
import type { Shell } from "./shell.ts";
import { spawnSubshell } from "./subshell.ts";

/** Longest text that `$(…)` takes in. */
const MAX_SUBSTITUTION = 16 * 1024 * 1024;

/** `$(…)`: output of a subshell without its last newlines. */
export function* substitute(shell: Shell, part: CommandExpansionPart): Call<string> {
  const { script } = part;
  if (script === undefined) return "";
  const error = script.errors?.[0];
  if (error !== undefined) throw new ShellError(`command substitution: ${error.message}`, { status: 2 });
  const [reader, writer] = yield* pipe();
  const source = script.source ?? shell.source;
  const pid = yield* spawnSubshell(shell, {
    stdio: [shell.io[0], writer, shell.io[2]],
    *body(child) {
      child.source = source;
      return yield* child.interpreter.runList(child, script.commands, { tail: true });
    },
  });
  yield* close(writer);
  let text: string;
  try {
    text = yield* readAll(reader);
  } finally {
    yield* close(reader);
  }
  shell.substitutionStatus = yield* wait(pid);
  if (text.length > MAX_SUBSTITUTION) throw new ShellError("command substitution: cannot allocate memory");
  return text.replace(/\n+$/, "").replaceAll("\0", "");
}

/**
 * `<(…)` and `>(…)`. Simplified: the command runs to its end into a temporary file (`<`), whose name is the word; `>(…)`
 * is not supported.
 */
export function* processSubstitution(shell: Shell, part: ProcessSubstitutionPart): Call<string> {
  const { script } = part;
  if (part.operator === ">" || script === undefined) {
    throw new ShellError(`${part.text}: process substitution to a command is not supported here`);
  }
  const { fs } = shell.ctx;
  if (!fs.exists("/tmp")) fs.mkdir("/tmp", { recursive: true, mode: 0o1777 });
  let path: string;
  do path = `/tmp/sh-np.${String(shell.ctx.random(1_000_000)).padStart(6, "0")}`;
  while (fs.exists(path));
  const file = yield* open(path, "write");
  const pid = yield* spawnSubshell(shell, {
    stdio: [shell.io[0], file, shell.io[2]],
    *body(child) {
      return yield* child.interpreter.runList(child, script.commands, { tail: true });
    },
  });
  yield* close(file);
  yield* wait(pid);
  return path;
}
