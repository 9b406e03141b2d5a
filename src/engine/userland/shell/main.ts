/** The `bash` and `sh` programs: arguments, -c, scripts, standard input, and the interactive session. */
import type { Program, ProgramContext } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { readLineOf } from "../../base/syscalls.ts";
import { resolvePath } from "../../runtime/paths.ts";
import { errorText } from "../errors.ts";
import { set } from "./builtins/options.ts";
import { ExitShell, ShellError } from "./control.ts";
import { recover, runParsed, runSource } from "./execute.ts";
import { interpreter } from "./interpreter.ts";
import { runInteractive } from "./interactive.ts";
import { parseSource } from "./parse.ts";
import type { Dialect } from "./shell.ts";
import { Shell } from "./shell.ts";
import { runToEnd } from "./subshell.ts";
import { Variables } from "./variables.ts";

const VERSION = "GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)";

interface Invocation {
  command: string | undefined;
  interactive: boolean;
  login: boolean;
  readStdin: boolean;
  options: string[];
  rest: string[];
}

export interface ShellProgramOptions {
  dialect: Dialect;
  /** What completes a line at the prompt. */
  interactive?: Parameters<typeof runInteractive>[1];
}

export function shellProgram(options: ShellProgramOptions): Program {
  return function* (ctx, argv) {
    const invocation = readArguments(argv.slice(1));
    if (typeof invocation === "string") return yield* refuse(argv, options.dialect, invocation);
    if (invocation.options.includes("--version")) {
      yield { call: "write", fd: 1, data: `${VERSION}\n` };
      return 0;
    }
    const shell = createShell(ctx, argv, { dialect: options.dialect, invocation });
    for (const option of invocation.options) yield* set(shell, option.split(" "), "set");
    const converses = shell.interactive && invocation.command === undefined;
    if (converses) return yield* runToEnd(shell, runInteractive(shell, options.interactive ?? {}));
    return yield* runToEnd(shell, runOnce(shell, invocation));
  };
}

function* refuse(argv: readonly string[], dialect: Dialect, option: string): Call<number> {
  const name = argv[0]?.replace(/^.*\//, "") ?? "sh";
  yield {
    call: "write",
    fd: 2,
    data: dialect === "bash" ? `${name}: ${option}: invalid option\n` : `${name}: Illegal option ${option}\n`,
  };
  return 2;
}

/** Reads the command line; answers with the option that is not known. */
function readArguments(args: readonly string[]): Invocation | string {
  const result: Invocation = {
    command: undefined,
    interactive: false,
    login: false,
    readStdin: false,
    options: [],
    rest: [],
  };
  let wantsCommand = false;
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at] as string;
    if (arg === "--" || arg === "-") {
      at++;
      break;
    }
    if (arg === "--login" || arg === "--norc" || arg === "--noprofile" || arg === "--posix" || arg === "--version") {
      if (arg === "--version") result.options.push(arg);
      continue;
    }
    if (!/^[-+]./.test(arg)) break;
    if (arg.startsWith("--")) return arg;
    let letters = "";
    for (const letter of arg.slice(1)) {
      if (letter === "c") wantsCommand = true;
      else if (letter === "i") result.interactive = true;
      else if (letter === "l") result.login = true;
      else if (letter === "s") result.readStdin = true;
      else if (letter === "o") result.options.push(`${arg[0]}o ${args[++at] ?? ""}`);
      else if ("aefnuvxC".includes(letter)) letters += letter;
      else return `-${letter}`;
    }
    if (letters !== "") result.options.push(`${arg[0]}${letters}`);
  }
  if (wantsCommand) result.command = args[at++] ?? "";
  result.rest = args.slice(at);
  return result;
}

function createShell(
  ctx: ProgramContext,
  argv: readonly string[],
  how: { dialect: Dialect; invocation: Invocation },
): Shell {
  const { invocation, dialect } = how;
  const script = invocation.command === undefined && !invocation.readStdin ? invocation.rest[0] : undefined;
  const interactive =
    invocation.interactive ||
    (invocation.command === undefined && script === undefined && ctx.tty(0) !== undefined && ctx.tty(2) !== undefined);
  const variables = new Variables();
  for (const [name, value] of Object.entries(ctx.env)) {
    variables.set(name, value);
    variables.mark(name, { exported: true });
  }
  const shellName = argv[0] ?? "bash";
  const named = invocation.command !== undefined && invocation.rest.length > 0;
  const shell = new Shell(ctx, {
    interpreter,
    dialect,
    name: script ?? (named ? (invocation.rest[0] as string) : shellName.replace(/^-/, "")),
    mode: interactive
      ? "interactive"
      : invocation.command !== undefined
        ? "command"
        : script !== undefined
          ? "script"
          : "stdin",
    interactive,
    variables,
  });
  shell.positional = invocation.readStdin ? invocation.rest : invocation.rest.slice(1);
  const defaults: [string, string][] = [
    ["IFS", " \t\n"],
    ["PS4", "+ "],
    ["OPTIND", "1"],
    ["PATH", ctx.env["PATH"] ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
  ];
  if (dialect === "bash") {
    defaults.push(
      ["BASH", "/bin/bash"],
      ["BASH_VERSION", "5.2.15(1)-release"],
      ["HOSTNAME", ctx.hostname],
      ["UID", String(ctx.user.uid)],
      ["EUID", String(ctx.user.uid)],
      ["OSTYPE", "linux-gnu"],
      ["MACHTYPE", "x86_64-pc-linux-gnu"],
      ["SHELL", "/bin/bash"],
    );
  }
  for (const [name, value] of defaults)
    if (variables.get(name) === undefined || name === "IFS") variables.set(name, value);
  variables.set("PWD", ctx.cwd);
  variables.mark("PWD", { exported: true });
  const level = String(Number(ctx.env["SHLVL"] ?? "0") + 1);
  variables.set("SHLVL", level);
  variables.mark("SHLVL", { exported: true });
  return shell;
}

function* runOnce(shell: Shell, invocation: Invocation): Call<number> {
  if (invocation.command !== undefined) return yield* runSource(shell, invocation.command, { tail: true });
  if (shell.mode === "script") {
    let text: string;
    try {
      const path = resolvePath(shell.ctx.cwd, shell.name);
      if (shell.ctx.fs.stat(path).type === "directory") {
        yield* shell.err(`${shell.name}: ${shell.name}: Is a directory\n`);
        return 126;
      }
      text = shell.ctx.fs.readFile(path);
    } catch (error) {
      const words = errorText(error);
      yield* shell.err(
        shell.dialect === "bash"
          ? `bash: ${shell.name}: ${words}\n`
          : shell.dialect === "dash"
            ? `sh: 0: cannot open ${shell.name}: No such file\n`
            : `sh: can't open '${shell.name}': ${words}\n`,
      );
      return shell.dialect === "bash" ? 127 : 2;
    }
    return yield* runSource(shell, text);
  }
  return yield* runStdin(shell);
}

/** Commands from a pipe, each run as soon as it is complete, so that they share the input with what they run. */
function* runStdin(shell: Shell): Call<number> {
  let text = "";
  let status = 0;
  for (;;) {
    const line = yield* readLineOf(0);
    if (line !== null) text += line;
    else if (text === "") return status;
    const parsed = parseSource(text);
    if (line !== null && parsed.incomplete) continue;
    try {
      status = yield* runParsed(shell, parsed);
    } catch (error) {
      if (!(error instanceof ShellError)) throw error;
      status = yield* recover(shell, error);
    }
    shell.status = status;
    if (parsed.error !== undefined && !parsed.incomplete) throw new ExitShell(2);
    text = "";
    if (line === null) return status;
  }
}
