/** What a Linux image carries. One line a command. */
import type { Program } from "../base/program.ts";
import type { Command, Flavour } from "./command.ts";
import { cat } from "./commands/cat.ts";
import { echo } from "./commands/echo.ts";
import { grep } from "./commands/grep.ts";
import { head } from "./commands/head.ts";
import { sleep } from "./commands/sleep.ts";
import { yes } from "./commands/yes.ts";
import { shellProgram } from "./shell/main.ts";
import type { ShellProgramOptions } from "./shell/main.ts";

const COMMANDS: readonly Command[] = [cat, echo, grep, head, sleep, yes];

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
