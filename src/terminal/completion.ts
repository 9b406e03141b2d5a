/** Tab: commands at the start of a command, a command's own completer for its arguments, files otherwise. */
import type { Completer, Completion, ProgramContext } from "../engine/base/program.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { resolvePath } from "../engine/runtime/paths.ts";
import { builtins } from "../engine/userland/shell/builtins/registry.ts";
import type { Shell } from "../engine/userland/shell/shell.ts";

/** Completers by command name, each for the shell whose context it is given. They get the line from the command's first word on. */
export type Completers = Readonly<Record<string, (ctx: ProgramContext) => Completer>>;

export function shellCompleter(completers: Completers): (shell: Shell) => Completer {
  return (shell) =>
    function* (line, cursor) {
      return yield* complete(shell, completers, line.slice(0, cursor));
    };
}

function* complete(shell: Shell, completers: Completers, text: string): Call<Completion> {
  const start = commandStart(text);
  const command = text.slice(start);
  const word = /(?:[^\s"'\\]|\\.|"[^"]*"?|'[^']*'?)*$/.exec(command)?.[0] ?? "";
  const from = text.length - word.length;
  const first = /^\s*(?:\w+=\S*\s+)*(\S+)\s/.exec(command);
  const redirected = /[<>]\s*$/.test(text.slice(0, from));
  if (first === null && !redirected && !word.includes("/")) return { from, candidates: commandNames(shell, word) };
  const name = aliasTarget(shell, first?.[1] ?? "");
  const own = redirected ? undefined : completers[name]?.(shell.ctx);
  if (own !== undefined) {
    const offset = start + (command.length - command.trimStart().length);
    const expanded = text.slice(offset).replace(/^\S+/, name);
    const shift = text.length - offset - expanded.length;
    const found = yield* own(expanded, expanded.length);
    if (found.candidates.length > 0) return { from: found.from + offset + shift, candidates: found.candidates };
    // Who completes a command knows all its words, but for files.
    if (!/-f\s*\S*$|--filename[= ]\S*$/.test(text)) return found;
  }
  if (word.startsWith("$")) return { from, candidates: variableNames(shell, word) };
  return { from, candidates: fileNames(shell.ctx, word, name === "cd" ? "directory" : "any") };
}

/** Where the command under the cursor begins: behind the last `|`, `;`, `&`, `(` outside quotes. */
function commandStart(text: string): number {
  let start = 0;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (quote !== "") {
      if (char === quote) quote = "";
    } else if (char === "'" || char === '"') quote = char;
    else if (char === "\\") at++;
    else if ("|;&(".includes(char)) start = at + 1;
  }
  return start;
}

function aliasTarget(shell: Shell, name: string): string {
  const program = shell.completions.get(name);
  if (program !== undefined) return program;
  const alias = shell.aliases.get(name);
  return alias === undefined || alias.includes(" ") ? name : alias;
}

function commandNames(shell: Shell, word: string): string[] {
  const names = new Set([
    ...shell.aliases.keys(),
    ...shell.functions.keys(),
    ...builtins.keys(),
    ...shell.ctx.programNames(),
  ]);
  return [...names].filter((name) => name.startsWith(word) && /\w/.test(name)).sort();
}

function variableNames(shell: Shell, word: string): string[] {
  const prefix = word.slice(1);
  return shell.variables
    .names()
    .filter((name) => name.startsWith(prefix))
    .sort()
    .map((name) => `$${name}`);
}

/** Paths that begin with `word`; directories end with a slash. */
export function fileNames(ctx: ProgramContext, word: string, kind: "any" | "directory"): string[] {
  const plain = word.replace(/\\(.)/g, "$1").replace(/^["']/, "");
  const slash = plain.lastIndexOf("/");
  const shown = plain.slice(0, slash + 1);
  const directory = resolvePath(ctx.cwd, shown === "" ? "." : shown.replace(/^~(?=\/)/, ctx.user.home));
  if (!ctx.fs.exists(directory) || ctx.fs.stat(directory).type !== "directory") return [];
  const prefix = plain.slice(slash + 1);
  const found: string[] = [];
  for (const name of ctx.fs.readdir(directory)) {
    if (!name.startsWith(prefix) || (name.startsWith(".") && !prefix.startsWith("."))) continue;
    const path = resolvePath(directory, name);
    const isDirectory = ctx.fs.exists(path) && ctx.fs.stat(path).type === "directory";
    if (kind === "directory" && !isDirectory) continue;
    found.push(`${shown}${name.replace(/[\s"'\\$&;|<>()*?]/g, "\\$&")}${isDirectory ? "/" : ""}`);
  }
  return found;
}
