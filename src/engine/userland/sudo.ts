/** `sudo`, for one who may do everything without a password: on a node and on the laptop. */
import { ROOT } from "../base/program.ts";
import type { Program } from "../base/program.ts";
import { exec, write } from "../base/syscalls.ts";

/** Logs in again as root. */
const LOGIN = new Set(["-i", "-s", "su"]);

export const sudo: Program = function* (ctx, argv) {
  const all = argv.slice(1);
  const commandAt = all.findIndex((word) => !isAssignment(word));
  const words = commandAt < 0 ? [] : all.slice(commandAt);
  const [first] = words;
  const given = all
    .slice(0, commandAt < 0 ? all.length : commandAt)
    .map((word) => [nameOf(word), word.slice(word.indexOf("=") + 1)]);
  const root = { ...ctx.env, USER: "root", LOGNAME: "root", HOME: ROOT.home, ...Object.fromEntries(given) };
  if (first !== undefined && LOGIN.has(first) && words.slice(1).every((word) => word === "-")) {
    const cwd = first === "-s" ? ctx.cwd : "/root";
    return yield* exec({
      argv: ["bash", ...(ctx.tty(0) === undefined ? [] : ["-i"])],
      env: root,
      cwd,
      stdio: [0, 1, 2],
      user: ROOT,
    });
  }
  if (first === undefined || first.startsWith("-")) {
    yield* write(
      2,
      first === undefined ? "usage: sudo command [arg ...]\n" : `sudo: option ${first} is not simulated\n`,
    );
    return 1;
  }
  if (ctx.which(first) === undefined) {
    yield* write(2, `sudo: ${first}: command not found\n`);
    return 1;
  }
  return yield* exec({ argv: words, env: root, cwd: ctx.cwd, stdio: [0, 1, 2], user: ROOT });
};

/** `ETCDCTL_API=3 etcdctl …`: what comes before the command goes into its environment. */
function isAssignment(word: string): boolean {
  return /^[A-Za-z_]\w*=/.test(word);
}

function nameOf(word: string): string {
  return word.slice(0, word.indexOf("="));
}
