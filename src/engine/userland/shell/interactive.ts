/** A shell that somebody types into: prompt, history, aliases, continuation lines, Ctrl-C, Ctrl-D. */
import type { Completer } from "../../base/program.ts";
import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { readLine, readLineOf, signals, trap } from "../../base/syscalls.ts";
import { formatDate } from "../date-format.ts";
import { expandAliases } from "./aliases.ts";
import { ExitShell, Interrupted } from "./control.ts";
import { recover, runParsed } from "./execute.ts";
import { expandQuotedText } from "./expand.ts";
import { announceJobs } from "./jobs.ts";
import { parseSource } from "./parse.ts";
import type { Shell } from "./shell.ts";
import { runTrap } from "./traps.ts";

export interface InteractiveOptions {
  /** Makes a completer for the shell's present state. */
  completer?: (shell: Shell) => Completer;
}

const HISTORY_SIZE = 1000;

export function* runInteractive(shell: Shell, options: InteractiveOptions): Call<number> {
  yield* trap("SIGINT", "queue");
  yield* trap("SIGTERM", "queue");
  yield* trap("SIGQUIT", "queue");
  yield* startUp(shell);
  const complete = options.completer?.(shell);
  for (;;) {
    yield* announceJobs(shell);
    const source = yield* readCommand(shell, complete);
    if (source === null) {
      yield* shell.err(shell.dialect === "bash" ? "exit\n" : "\n");
      return shell.status;
    }
    if (source === undefined) continue;
    yield* runLine(shell, source);
  }
}

function* startUp(shell: Shell): Call<void> {
  const { variables, ctx } = shell;
  if (variables.get("PS1") === undefined) {
    variables.set("PS1", shell.dialect === "bash" ? "\\s-\\v\\$ " : shell.dialect === "busybox" ? "\\w \\$ " : "\\$ ");
  }
  if (variables.get("PS2") === undefined) variables.set("PS2", "> ");
  const historyFile = `${ctx.user.home}/.bash_history`;
  if (ctx.fs.exists(historyFile))
    shell.history.push(
      ...ctx.fs
        .readFile(historyFile)
        .split("\n")
        .filter((line) => line !== ""),
    );
  // The first one is Debian's own (SYS_BASHRC).
  const starts = shell.dialect === "bash" ? ["/etc/bash.bashrc", `${ctx.user.home}/.bashrc`] : [variables.get("ENV")];
  for (const start of starts) {
    if (start !== undefined && ctx.fs.exists(start)) yield* runLine(shell, ctx.fs.readFile(start));
  }
}

/** Reads until the command is complete. Null at Ctrl-D on an empty prompt, undefined after Ctrl-C. */
function* readCommand(shell: Shell, complete: Completer | undefined): Call<string | null | undefined> {
  let source = "";
  for (;;) {
    const prompt = yield* promptText(shell, source === "" ? "PS1" : "PS2");
    const line = yield* promptLine(shell, prompt, complete);
    const came = yield* signals();
    for (const signal of came) {
      const action = shell.traps.get(signal);
      if (action !== undefined && action !== "") yield* runTrap(shell, action);
    }
    if (came.includes("SIGINT")) {
      shell.status = 130;
      return undefined;
    }
    if (line === null) {
      if (source === "") return null;
      const parsed = parseSource(source);
      remember(shell, source);
      yield* shell.err(`bash: ${parsed.error?.text ?? "syntax error: unexpected end of file"}\n`);
      shell.status = 2;
      return undefined;
    }
    source += source === "" ? line : `\n${line}`;
    if (source.trim() === "") return undefined;
    if (!parseSource(source).incomplete) break;
  }
  remember(shell, source);
  return source;
}

/** A line from the terminal; from a plain stream (`bash -i < file`) without editing. */
function* promptLine(shell: Shell, prompt: string, complete: Completer | undefined): Call<string | null> {
  try {
    return yield* readLine(
      prompt,
      complete === undefined ? { history: shell.history } : { history: shell.history, complete },
    );
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno !== "ENOTTY") throw error;
  }
  yield* shell.err(prompt);
  const line = yield* readLineOf(0);
  return line === null ? null : line.replace(/\n$/, "");
}

function remember(shell: Shell, source: string): void {
  const line = source.replaceAll("\n", source.includes("<<") ? "\n" : "; ").replace(/\b(then|do|else); /g, "$1 ");
  if (/^\s/.test(source) || shell.history.at(-1) === line) return;
  shell.history.push(line);
  if (shell.history.length > HISTORY_SIZE) shell.history.shift();
}

/** Runs what was entered. Only `exit` and a deadly signal leave the session. */
function* runLine(shell: Shell, source: string): Call<void> {
  try {
    yield* runParsed(shell, parseSource(expandAliases(source, shell.aliases)));
  } catch (error) {
    if (error instanceof Interrupted) {
      shell.status = 130;
      return;
    }
    if (error instanceof ExitShell) throw error;
    shell.status = yield* recover(shell, error);
  } finally {
    shell.conditional = 0;
    shell.loopDepth = 0;
    shell.callDepth = 0;
    shell.io = shell.io.length >= 3 ? shell.io : [0, 1, 2];
  }
}

/** PS1 with its backslash codes and then its `$` expansions. */
export function* promptText(shell: Shell, name: "PS1" | "PS2"): Call<string> {
  const { ctx } = shell;
  const home = shell.variables.get("HOME") ?? "";
  const cwd =
    home !== "" && (ctx.cwd === home || ctx.cwd.startsWith(`${home}/`)) ? `~${ctx.cwd.slice(home.length)}` : ctx.cwd;
  const codes: Readonly<Record<string, string>> = {
    u: ctx.user.name,
    h: ctx.hostname.split(".")[0] as string,
    H: ctx.hostname,
    w: cwd,
    W: cwd === "/" || cwd === "~" ? cwd : (cwd.split("/").at(-1) as string),
    $: ctx.user.uid === 0 ? "#" : "$",
    n: "\n",
    r: "\r",
    e: "\u001b",
    a: "\u0007",
    "[": "\u0001",
    "]": "\u0002",
    "\\": "\\",
    s: shell.dialect === "bash" ? "bash" : "sh",
    v: "5.2",
    j: String(shell.jobs.length),
    "!": String(shell.history.length + 1),
    t: formatDate(ctx.now(), "%H:%M:%S"),
    A: formatDate(ctx.now(), "%H:%M"),
    d: formatDate(ctx.now(), "%a %b %d"),
  };
  const text = (shell.variables.get(name) ?? "").replace(/\\(033|[a-zA-Z$![\]\\])/g, (all, code: string) =>
    code === "033" ? "\u001b" : (codes[code] ?? all),
  );
  const { status } = shell;
  const expanded = yield* expandQuotedText(shell, text);
  shell.status = status;
  return expanded;
}
