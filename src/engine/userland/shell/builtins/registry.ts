import type { Builtin } from "../shell.ts";
import { complete } from "./complete.ts";
import { breakLoop, colon, exitShell, falseBuiltin, returnFunction, shift } from "./control.ts";
import { cd, dirs, popd, pushd, pwd } from "./directories.ts";
import { command, evalBuiltin, execBuiltin, source, typeBuiltin } from "./execution.ts";
import { help, history } from "./help.ts";
import { bg, fg, jobs, kill, trap, waitBuiltin } from "./jobs.ts";
import { alias, hash, set, shopt, umask, unalias } from "./options.ts";
import { echo, printf, test } from "./output.ts";
import { getopts, mapfile, read } from "./reading.ts";
import { declare, exportBuiltin, letBuiltin, local, readonly, unset } from "./variables.ts";

/** All builtins by name. */
export const builtins: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [".", source],
  [":", colon],
  ["[", test],
  ["alias", alias],
  ["bg", bg],
  ["break", breakLoop],
  ["cd", cd],
  ["command", command],
  ["complete", complete],
  ["continue", breakLoop],
  ["declare", declare],
  ["dirs", dirs],
  ["echo", echo],
  ["eval", evalBuiltin],
  ["exec", execBuiltin],
  ["exit", exitShell],
  ["export", exportBuiltin],
  ["false", falseBuiltin],
  ["fg", fg],
  ["getopts", getopts],
  ["hash", hash],
  ["help", help],
  ["history", history],
  ["jobs", jobs],
  ["kill", kill],
  ["let", letBuiltin],
  ["local", local],
  ["logout", exitShell],
  ["mapfile", mapfile],
  ["popd", popd],
  ["printf", printf],
  ["pushd", pushd],
  ["pwd", pwd],
  ["read", read],
  ["readarray", mapfile],
  ["readonly", readonly],
  ["return", returnFunction],
  ["set", set],
  ["shift", shift],
  ["shopt", shopt],
  ["source", source],
  ["test", test],
  ["trap", trap],
  ["true", colon],
  ["type", typeBuiltin],
  ["typeset", declare],
  ["umask", umask],
  ["unalias", unalias],
  ["unset", unset],
  ["wait", waitBuiltin],
]);
