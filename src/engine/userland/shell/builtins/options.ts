import type { Shell, ShellOptions, ShoptOptions } from "../shell.ts";
import type { Call } from "../../../base/syscalls.ts";
import { quoteForShell } from "../quote.ts";
import type { Builtin } from "../shell.ts";
import { invalidOption } from "./builtin.ts";

const LETTERS: Readonly<Record<string, keyof ShellOptions>> = {
  a: "allexport",
  C: "noclobber",
  e: "errexit",
  f: "noglob",
  n: "noexec",
  u: "nounset",
  v: "verbose",
  x: "xtrace",
};
const USAGE = "set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]";

/** set [-eux…] [-o option] [--] [arguments] */
export const set: Builtin = function* (shell, args) {
  if (args.length === 0) {
    for (const name of shell.variables.names().sort()) {
      const value = shell.variables.get(name);
      if (value !== undefined)
        yield* shell.out(`${name}=${/^[\w@%+=:,./-]*$/.test(value) ? value : quoteForShell(value)}\n`);
    }
    return 0;
  }
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    if (arg === "--" || !/^[-+]./.test(arg)) {
      shell.positional = args.slice(arg === "--" || arg === "-" ? at + 1 : at);
      return 0;
    }
    const on = arg.startsWith("-");
    for (const letter of arg.slice(1)) {
      if (letter === "o") {
        const name = args[++at];
        if (name === undefined) {
          yield* listOptions(shell);
          return 0;
        }
        if (!setNamed(shell, name, on)) {
          yield* shell.complain(`set: ${name}: invalid option name`);
          return 2;
        }
      } else if (LETTERS[letter] !== undefined) shell.options[LETTERS[letter]] = on;
      // -E, -h, -m, -B, -T change nothing that this shell has.
      else if (!"EhmBTbH".includes(letter)) return yield* invalidOption(shell, "set", `${arg[0]}${letter}`, USAGE);
    }
  }
  return 0;
};

/** False when there is no option of that name. */
function setNamed(shell: Shell, name: string, on: boolean): boolean {
  if (name in shell.options) shell.options[name as keyof ShellOptions] = on;
  else if (!["emacs", "vi", "errtrace", "hashall", "monitor", "history", "braceexpand", "posix"].includes(name))
    return false;
  return true;
}

function* listOptions(shell: Shell): Call<void> {
  for (const [name, on] of Object.entries(shell.options).sort())
    yield* shell.out(`${name.padEnd(15)}\t${on === true ? "on" : "off"}\n`);
}

/** shopt [-s|-u] name … */
export const shopt: Builtin = function* (shell, args) {
  const flag = args[0]?.startsWith("-") === true ? args.shift() : undefined;
  let status = 0;
  for (const name of args) {
    if (name in shell.shopt) {
      if (flag === "-s" || flag === "-u") shell.shopt[name as keyof ShoptOptions] = flag === "-s";
      else {
        const on = shell.shopt[name as keyof ShoptOptions];
        if (flag !== "-q") yield* shell.out(`${name.padEnd(15)}\t${on ? "on" : "off"}\n`);
        if (!on) status = 1;
      }
    } else if (
      ![
        "extglob",
        "expand_aliases",
        "checkwinsize",
        "histappend",
        "cmdhist",
        "interactive_comments",
        "globstar",
        "lastpipe",
        "progcomp",
        "promptvars",
        "sourcepath",
      ].includes(name)
    ) {
      yield* shell.complain(`shopt: ${name}: invalid shell option name`);
      status = 1;
    } else if (name === "globstar" || name === "lastpipe") {
      yield* shell.complain(`shopt: ${name}: not supported here`);
      status = 1;
    }
  }
  return status;
};

/** alias [name[=value] …] */
export const alias: Builtin = function* (shell, args) {
  if (args[0] === "-p") args.shift();
  if (args.length === 0) {
    for (const [name, value] of [...shell.aliases].sort()) yield* shell.out(`alias ${name}=${quoteForShell(value)}\n`);
    return 0;
  }
  let status = 0;
  for (const arg of args) {
    const at = arg.indexOf("=");
    if (at > 0) shell.aliases.set(arg.slice(0, at), arg.slice(at + 1));
    else if (shell.aliases.has(arg))
      yield* shell.out(`alias ${arg}=${quoteForShell(shell.aliases.get(arg) as string)}\n`);
    else {
      yield* shell.complain(`alias: ${arg}: not found`);
      status = 1;
    }
  }
  return status;
};

export const unalias: Builtin = function* (shell, args) {
  if (args[0] === "-a") {
    shell.aliases.clear();
    return 0;
  }
  let status = 0;
  for (const name of args) {
    if (shell.aliases.delete(name)) continue;
    yield* shell.complain(`unalias: ${name}: not found`);
    status = 1;
  }
  return status;
};

/** hash: paths are not remembered, so there is nothing to forget. */
export const hash: Builtin = function* (shell, args) {
  for (const name of args.filter((arg) => !arg.startsWith("-"))) {
    if (shell.which(name) !== undefined || shell.interpreter.builtins.has(name)) continue;
    yield* shell.complain(`hash: ${name}: not found`);
    return 1;
  }
  return 0;
};

/** umask. Simplified: new files have 644 and directories 755, always. */
export const umask: Builtin = function* (shell, args) {
  if (args.length === 0) {
    yield* shell.out("0022\n");
    return 0;
  }
  if (/^0*22$/.test(args[0] as string)) return 0;
  yield* shell.complain("umask: changing the mask is not supported here");
  return 1;
};
