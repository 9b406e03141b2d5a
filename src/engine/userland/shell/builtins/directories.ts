import { SystemError } from "../../../base/program.ts";
import type { Call } from "../../../base/syscalls.ts";
import { resolvePath } from "../../../runtime/paths.ts";
import { errorText } from "../../errors.ts";
import type { Shell } from "../shell.ts";
import type { Builtin } from "../shell.ts";
import { invalidOption } from "./builtin.ts";

/** Changes the directory; false after a message. */
function* enter(shell: Shell, path: string, name: string): Call<boolean> {
  const { ctx } = shell;
  const full = resolvePath(ctx.cwd, path);
  try {
    if (ctx.fs.stat(full).type !== "directory") throw new SystemError("ENOTDIR", path);
  } catch (error) {
    const words = errorText(error);
    yield* shell.complain(
      shell.dialect === "bash"
        ? `${name}: ${path}: ${words}`
        : `${name}: can't cd to ${path}${shell.dialect === "busybox" ? `: ${words}` : ""}`,
    );
    return false;
  }
  shell.variables.set("OLDPWD", ctx.cwd);
  ctx.cwd = full;
  shell.variables.set("PWD", full);
  return true;
}

/** cd [-L|-P] [dir | -] */
export const cd: Builtin = function* (shell, args) {
  while (args[0] === "-L" || args[0] === "-P" || args[0] === "--") args.shift();
  const [target] = args;
  if (args.length > 1) {
    yield* shell.complain("cd: too many arguments");
    return 1;
  }
  if (target !== undefined && target.startsWith("-") && target !== "-")
    return yield* invalidOption(shell, "cd", target, "cd [-L|[-P [-e]] [-@]] [dir]");
  if (target === undefined || target === "") {
    const home = shell.variables.get("HOME");
    if (home === undefined) {
      yield* shell.complain("cd: HOME not set");
      return 1;
    }
    return (yield* enter(shell, home, "cd")) ? 0 : 1;
  }
  if (target !== "-") return (yield* enter(shell, target, "cd")) ? 0 : 1;
  const before = shell.variables.get("OLDPWD");
  if (before === undefined) {
    yield* shell.complain("cd: OLDPWD not set");
    return 1;
  }
  if (!(yield* enter(shell, before, "cd"))) return 1;
  yield* shell.out(`${shell.ctx.cwd}\n`);
  return 0;
};

export const pwd: Builtin = function* (shell, args) {
  const bad = args.find((arg) => arg.startsWith("-") && !/^-[LP]+$/.test(arg));
  if (bad !== undefined) return yield* invalidOption(shell, "pwd", bad, "pwd [-LP]");
  yield* shell.out(`${shell.ctx.cwd}\n`);
  return 0;
};

function* showStack(shell: Shell): Call<number> {
  const home = shell.variables.get("HOME") ?? "";
  const short = (path: string): string =>
    home !== "" && (path === home || path.startsWith(`${home}/`)) ? `~${path.slice(home.length)}` : path;
  yield* shell.out(`${[shell.ctx.cwd, ...shell.directories].map(short).join(" ")}\n`);
  return 0;
}

export const dirs: Builtin = function* (shell) {
  return yield* showStack(shell);
};

export const pushd: Builtin = function* (shell, args) {
  const target = args[0] ?? shell.directories.shift();
  if (target === undefined) {
    yield* shell.complain("pushd: no other directory");
    return 1;
  }
  const before = shell.ctx.cwd;
  if (!(yield* enter(shell, target, "pushd"))) return 1;
  shell.directories.unshift(before);
  return yield* showStack(shell);
};

export const popd: Builtin = function* (shell) {
  const target = shell.directories.shift();
  if (target === undefined) {
    yield* shell.complain("popd: directory stack empty");
    return 1;
  }
  if (!(yield* enter(shell, target, "popd"))) return 1;
  return yield* showStack(shell);
};
