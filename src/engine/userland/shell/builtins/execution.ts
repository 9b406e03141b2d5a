import { SystemError } from "../../../base/program.ts";
import type { Call } from "../../../base/syscalls.ts";
import { exec } from "../../../base/syscalls.ts";
import { resolvePath } from "../../../runtime/paths.ts";
import { errorText } from "../../errors.ts";
import { ExitShell, ReturnFunction } from "../control.ts";
import type { Shell } from "../shell.ts";
import type { Builtin } from "../shell.ts";

const KEYWORDS = new Set([
  "if",
  "then",
  "else",
  "elif",
  "fi",
  "for",
  "while",
  "until",
  "do",
  "done",
  "case",
  "esac",
  "in",
  "function",
  "select",
  "time",
  "{",
  "}",
  "!",
  "[[",
  "]]",
]);

export const evalBuiltin: Builtin = function* (shell, args) {
  return yield* shell.interpreter.runSource(shell, args.join(" "));
};

/** source file [arguments] */
export const source: Builtin = function* (shell, args, name) {
  const [file, ...rest] = args;
  if (file === undefined) {
    yield* shell.complain(`${name}: filename argument required`);
    yield* shell.err(`${name}: usage: ${name} filename [arguments]\n`);
    return 2;
  }
  let text: string;
  try {
    text = shell.ctx.fs.readFile(resolvePath(shell.ctx.cwd, file));
  } catch (error) {
    yield* shell.complain(`${file}: ${errorText(error)}`);
    return 1;
  }
  const { positional, sourcing } = shell;
  if (rest.length > 0) shell.positional = rest;
  shell.sourcing = true;
  try {
    return yield* shell.interpreter.runSource(shell, text);
  } catch (error) {
    if (error instanceof ReturnFunction) return error.status;
    throw error;
  } finally {
    shell.positional = positional;
    shell.sourcing = sourcing;
  }
};

/** exec command [arguments]: the shell's process becomes the command. */
export const execBuiltin: Builtin = function* (shell, args) {
  if (args.length === 0) return 0;
  const [stdin = 0, stdout = 1, stderr = 2] = shell.io;
  try {
    return yield* exec({
      argv: args,
      env: shell.variables.exported(),
      cwd: shell.ctx.cwd,
      stdio: [stdin, stdout, stderr],
    });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    let status: number;
    if (error.errno === "ENOENT" && shell.dialect === "bash") {
      yield* shell.complain(`exec: ${args[0]}: not found`);
      status = 127;
    } else status = yield* shell.interpreter.cannotRun(shell, args[0] as string, error);
    if (!shell.interactive) throw new ExitShell(status);
    return status;
  }
};

/** command [-v|-V] name [arguments]: no functions. */
export const command: Builtin = function* (shell, args) {
  if (args[0] === "-p" || args[0] === "--") args.shift();
  const [flag] = args;
  if (flag === "-v" || flag === "-V") {
    let status = 0;
    for (const name of args.slice(1)) if (!(yield* describe(shell, name, flag === "-v" ? "short" : "long"))) status = 1;
    return status;
  }
  return args.length === 0 ? 0 : yield* shell.interpreter.invoke(shell, args, { plain: true });
};

/** type [-t|-p] name … */
export const typeBuiltin: Builtin = function* (shell, args) {
  let style: Style = "long";
  while (args[0]?.startsWith("-")) {
    const flag = args.shift();
    if (flag === "-t") style = "kind";
    else if (flag === "-p" || flag === "-P") style = "path";
  }
  let status = 0;
  for (const name of args) if (!(yield* describe(shell, name, style))) status = 1;
  return status;
};

type Style = "short" | "long" | "kind" | "path";

/** Tells what a name runs. False, with a message where bash has one, when nothing. */
function* describe(shell: Shell, name: string, style: Style): Call<boolean> {
  const say = (kind: string, long: string, short: string): Call<void> =>
    shell.out(style === "kind" ? `${kind}\n` : style === "long" ? `${long}\n` : style === "path" ? "" : `${short}\n`);
  const alias = shell.aliases.get(name);
  if (alias !== undefined) {
    yield* say("alias", `${name} is aliased to \`${alias}'`, `alias ${name}='${alias}'`);
    return true;
  }
  if (KEYWORDS.has(name)) {
    yield* say("keyword", `${name} is a shell keyword`, name);
    return true;
  }
  const body = shell.functions.get(name);
  if (body !== undefined) {
    yield* say("function", `${name} is a function\n${body.source.slice(body.node.pos, body.node.end)}`, name);
    return true;
  }
  if (shell.interpreter.builtins.has(name)) {
    yield* say("builtin", `${name} is a shell builtin`, name);
    return true;
  }
  const path = name.includes("/") ? resolvePath(shell.ctx.cwd, name) : shell.which(name);
  if (path !== undefined && (!name.includes("/") || shell.ctx.fs.exists(path))) {
    yield* shell.out(style === "kind" ? "file\n" : style === "long" ? `${name} is ${path}\n` : `${path}\n`);
    return true;
  }
  if (style === "long") yield* shell.complain(`type: ${name}: not found`);
  return false;
}
