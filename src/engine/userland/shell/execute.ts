/** The interpreter: statements, lists, pipelines and compound commands. Simple commands are in `simple-command.ts`. */
import type { AndOr, CommandNode, CompoundList, PipelineNode, Redirection, Statement } from "unbash";
import type { Call } from "../../base/syscalls.ts";
import { wait } from "../../base/syscalls.ts";
import { compound } from "./compound.ts";
import { ExitShell, ShellError } from "./control.ts";
import { startJob } from "./jobs.ts";
import { parseSource } from "./parse.ts";
import type { ParsedSource } from "./parse.ts";
import { runPipeline } from "./pipeline.ts";
import { applyRedirects, closeAll } from "./redirect.ts";
import type { RunOptions, Shell } from "./shell.ts";
import { simpleCommand } from "./simple-command.ts";
import { spawnSubshell } from "./subshell.ts";
import { runTrap } from "./traps.ts";
import { VariableError } from "./variables.ts";

const BODY: RunOptions = {};

/** Runs text as the shell's own: eval, source, traps, -c, a line at the prompt. */
export function* runSource(shell: Shell, source: string, options: RunOptions = BODY): Call<number> {
  return yield* runParsed(shell, parseSource(source), options);
}

export function* runParsed(shell: Shell, parsed: ParsedSource, options: RunOptions = BODY): Call<number> {
  const outer = { source: shell.source, position: shell.position };
  shell.source = parsed.source;
  try {
    let status = 0;
    if (parsed.statements.length > 0) {
      status = yield* runList(shell, parsed.statements, parsed.error === undefined ? options : BODY);
    }
    if (parsed.error !== undefined) {
      yield* reportSyntaxError(shell, parsed);
      status = 2;
      shell.status = 2;
    }
    return status;
  } finally {
    shell.source = outer.source;
    shell.position = outer.position;
  }
}

function* reportSyntaxError(shell: Shell, parsed: ParsedSource): Call<void> {
  const { text, line } = parsed.error as { text: string; line: number };
  if (shell.dialect !== "bash") {
    const words = text.replace("syntax error near unexpected token `", 'Syntax error: "').replace(/'$/, '" unexpected');
    const said =
      shell.dialect === "dash"
        ? words
        : words.replace("Syntax", "syntax").replace(/"(.*)" unexpected/, 'unexpected "$1"');
    return yield* shell.err(`sh: ${shell.dialect === "dash" ? `${line}: ` : ""}${said}\n`);
  }
  const prefix =
    shell.mode === "interactive" ? "bash" : `${shell.name}: ${shell.mode === "command" ? "-c: " : ""}line ${line}`;
  yield* shell.err(`${prefix}: ${text}\n`);
  if (shell.mode !== "interactive" && !text.includes("EOF") && !text.includes("end of file")) {
    yield* shell.err(`${prefix}: \`${parsed.source.split("\n")[line - 1] ?? ""}'\n`);
  }
}

export function* runList(shell: Shell, statements: readonly Statement[], options: RunOptions = BODY): Call<number> {
  let status = 0;
  const last = statements.length - 1;
  for (let at = 0; at <= last; at++) {
    const statement = statements[at] as Statement;
    if (statement.background === true) {
      status = yield* startJob(
        shell,
        statement.command,
        shell.source.slice(statement.command.pos, statement.command.end),
      );
      shell.status = status;
    } else status = yield* runNode(shell, statement.command, at === last ? options : BODY);
    if (shell.trapsSignals) yield* shell.checkpoint(runTrap);
  }
  return status;
}

/** Runs a block: an empty one keeps the status 0. */
export function* runBlock(shell: Shell, list: CompoundList, options: RunOptions = BODY): Call<number> {
  return yield* runList(shell, list.commands, options);
}

/** Runs in a place where failure is an answer: `set -e` and the ERR trap look away. */
export function* runCondition(shell: Shell, list: CompoundList): Call<number> {
  shell.conditional++;
  try {
    return yield* runList(shell, list.commands);
  } finally {
    shell.conditional--;
  }
}

export function* runNode(shell: Shell, node: PipelineNode | AndOr, options: RunOptions = BODY): Call<number> {
  if (node.type === "AndOr") return yield* andOr(shell, node, options);
  if (node.type === "Pipeline") {
    const negated = node.prefixes.some((prefix) => prefix.type === "Negation");
    if (negated) shell.conditional++;
    let status: number;
    try {
      status = yield* runPipeline(shell, node);
    } finally {
      if (negated) shell.conditional--;
    }
    if (negated) status = status === 0 ? 1 : 0;
    shell.status = status;
    return negated ? status : yield* settleStatus(shell, status);
  }
  return yield* runCommand(shell, node, options);
}

/** One command, not part of a longer pipeline. Sets `$?` and obeys `set -e`. */
export function* runCommand(shell: Shell, node: CommandNode, options: RunOptions = BODY): Call<number> {
  shell.position = node.pos;
  let status: number;
  try {
    status = yield* dispatch(shell, node, options);
  } catch (error) {
    status = yield* recover(shell, error);
  }
  shell.status = status;
  shell.pipeStatus = [status];
  const simple =
    node.type === "Command" ||
    node.type === "Subshell" ||
    node.type === "ArithmeticCommand" ||
    node.type === "TestCommand";
  return simple ? yield* settleStatus(shell, status) : status;
}

/** What an error does: its message, and the end of a shell that nobody types into when it is fatal. */
export function* recover(shell: Shell, error: unknown): Call<number> {
  if (error instanceof VariableError) {
    yield* shell.complain(error.message);
    if (!shell.interactive) throw new ExitShell(shell.dialect === "bash" ? 1 : 2);
    return 1;
  }
  if (!(error instanceof ShellError)) throw error;
  yield* shell.complain(error.message);
  if (error.fatal && !shell.interactive) throw new ExitShell(error.status);
  return error.status;
}

function* settleStatus(shell: Shell, status: number): Call<number> {
  if (status === 0 || shell.conditional > 0) return status;
  const action = shell.traps.get("ERR");
  if (action !== undefined && action !== "") yield* runTrap(shell, action);
  if (shell.options.errexit) throw new ExitShell(status);
  return status;
}

function* dispatch(shell: Shell, node: CommandNode, options: RunOptions): Call<number> {
  switch (node.type) {
    case "Command":
      return yield* simpleCommand(shell, node, options);
    case "Redirected":
      return yield* withRedirects(shell, node.redirects, () => dispatch(shell, node.command, BODY));
    case "Function":
      shell.functions.set(node.name.value, { node, source: shell.source });
      return 0;
    case "Subshell": {
      const pid = yield* spawnSubshell(shell, {
        stdio: shell.io,
        *body(child) {
          return yield* runBlock(child, node.body, { tail: true });
        },
      });
      return yield* waitForeground(shell, pid);
    }
    case "Coproc":
      throw new ShellError("coproc: not supported here");
    default:
      return yield* compound(shell, node, options);
  }
}

/** Waits for a child in the foreground; an interactive shell that sees it die of Ctrl-C goes back to the prompt. */
export function* waitForeground(shell: Shell, pid: number): Call<number> {
  const status = yield* wait(pid);
  if (shell.interactive && status > 128) {
    if (status === 130) {
      yield* shell.err("\n");
      shell.status = status;
      yield* shell.checkpoint(runTrap);
    } else if (status === 137) yield* shell.err("Killed\n");
    else if (status === 143) yield* shell.err("Terminated\n");
    else if (status === 131) yield* shell.err("Quit\n");
  }
  return status;
}

export function* withRedirects(shell: Shell, redirects: readonly Redirection[], run: () => Call<number>): Call<number> {
  const outer = shell.io;
  const redirected = yield* applyRedirects(shell, redirects);
  shell.io = redirected.io;
  try {
    return yield* run();
  } finally {
    shell.io = outer;
    yield* closeAll(redirected.opened);
  }
}

function* andOr(shell: Shell, node: AndOr, options: RunOptions): Call<number> {
  const last = node.commands.length - 1;
  let status = 0;
  for (let at = 0; at <= last; at++) {
    const operator = node.operators[at - 1];
    if (at > 0 && (operator === "&&" ? status !== 0 : status === 0)) continue;
    const command = node.commands[at] as PipelineNode;
    if (at === last) {
      status = yield* runNode(shell, command, options);
      continue;
    }
    shell.conditional++;
    try {
      status = yield* runNode(shell, command);
    } finally {
      shell.conditional--;
    }
  }
  return status;
}
