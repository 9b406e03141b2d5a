import type { CommandExpansionPart, ProcessSubstitutionPart, Redirection, Statement } from "unbash";
import type { Call } from "../../base/syscalls.ts";
import { close, open, pipe, readAll, wait, write } from "../../base/syscalls.ts";
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
      const input = shell.dialect === "bash" ? inputAlone(script.commands) : undefined;
      if (input !== undefined) {
        return yield* child.interpreter.withRedirects(child, [input], function* () {
          yield* write(child.io[1] ?? 1, yield* readAll(child.io[0] ?? 0));
          return 0;
        });
      }
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

/** In bash, `$(<file)` is the file's text. */
function inputAlone(commands: readonly Statement[]): Redirection | undefined {
  const [first, ...more] = commands;
  const command = first?.command;
  if (command?.type !== "Command" || more.length > 0 || command.name !== undefined) return undefined;
  const [redirect, ...others] = command.redirects;
  const alone = others.length === 0 && command.prefix.length + command.suffix.length === 1;
  return alone && redirect?.type === "Redirect" && redirect.operator === "<" ? redirect : undefined;
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
