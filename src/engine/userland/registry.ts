/** What a Linux image carries. One line a command. */
import type { Program } from "../base/program.ts";
import type { Command, Flavour } from "./command.ts";
import { base64 } from "./commands/base64.ts";
import { cat } from "./commands/cat.ts";
import { chmod } from "./commands/chmod.ts";
import { chown } from "./commands/chown.ts";
import { cp } from "./commands/cp.ts";
import { curl } from "./commands/curl.ts";
import { cut } from "./commands/cut.ts";
import { date } from "./commands/date.ts";
import { echo } from "./commands/echo.ts";
import { env } from "./commands/env.ts";
import { falseCommand } from "./commands/false.ts";
import { getent } from "./commands/getent.ts";
import { grep } from "./commands/grep.ts";
import { head } from "./commands/head.ts";
import { ln } from "./commands/ln.ts";
import { ls } from "./commands/ls.ts";
import { mkdir } from "./commands/mkdir.ts";
import { mv } from "./commands/mv.ts";
import { nc } from "./commands/nc.ts";
import { nslookup } from "./commands/nslookup.ts";
import { ping } from "./commands/ping.ts";
import { printenv } from "./commands/printenv.ts";
import { printf } from "./commands/printf.ts";
import { pwd } from "./commands/pwd.ts";
import { rm } from "./commands/rm.ts";
import { rmdir } from "./commands/rmdir.ts";
import { seq } from "./commands/seq.ts";
import { sleep } from "./commands/sleep.ts";
import { sort } from "./commands/sort.ts";
import { tail } from "./commands/tail.ts";
import { tee } from "./commands/tee.ts";
import { bracket, test } from "./commands/test.ts";
import { touch } from "./commands/touch.ts";
import { tr } from "./commands/tr.ts";
import { trueCommand } from "./commands/true.ts";
import { uniq } from "./commands/uniq.ts";
import { watch } from "./commands/watch.ts";
import { wc } from "./commands/wc.ts";
import { wget } from "./commands/wget.ts";
import { xargs } from "./commands/xargs.ts";
import { yes } from "./commands/yes.ts";
import { justBashCommand } from "./just-bash.ts";
import { shellProgram } from "./shell/main.ts";
import type { ShellProgramOptions } from "./shell/main.ts";

const COMMANDS: readonly Command[] = [
  base64,
  bracket,
  cat,
  chmod,
  chown,
  cp,
  curl,
  cut,
  date,
  echo,
  env,
  falseCommand,
  getent,
  grep,
  head,
  ln,
  ls,
  mkdir,
  mv,
  nc,
  nslookup,
  ping,
  printenv,
  printf,
  pwd,
  rm,
  rmdir,
  seq,
  sleep,
  sort,
  tail,
  tee,
  test,
  touch,
  tr,
  trueCommand,
  uniq,
  watch,
  wc,
  wget,
  xargs,
  yes,
  ...["awk", "sed", "jq", "yq"].map(justBashCommand),
];

/**
 * All programs of a userland by absolute path, for `createProgramSource`. busybox has no bash, Debian's sh is dash.
 * Each command is also found under /bin, as on a merged /usr.
 */
export function createUserland(
  flavour: Flavour,
  shell: Pick<ShellProgramOptions, "interactive"> = {},
): Map<string, Program> {
  const programs = new Map<string, Program>();
  const install = (path: string, program: Program): void => {
    programs.set(path, program);
    const name = path.slice(path.lastIndexOf("/") + 1);
    programs.set(`/bin/${name}`, program);
  };
  for (const command of COMMANDS) install(command.path, command.program(flavour));
  install("/usr/bin/sh", shellProgram({ dialect: flavour === "busybox" ? "busybox" : "dash", ...shell }));
  if (flavour === "debian") install("/usr/bin/bash", shellProgram({ dialect: "bash", ...shell }));
  else install("/usr/bin/ash", shellProgram({ dialect: "busybox", ...shell }));
  return programs;
}
