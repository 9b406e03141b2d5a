/**
 * Another user's shell. Upstream: util-linux login-utils/su-common.c, busybox loginutils/su.c.
 *
 * **Simplified:** nobody has a password here, so that root alone becomes somebody else; a process keeps the files as who
 * it was sees them.
 */
import type { FileSystem, User } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { exec, readLineOf, write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";

export const su = defineCommand({
  name: "su",
  usage:
    "Usage: su [options] [-] [<user> [<argument>...]]\nChange the effective user ID and group ID to that of <user>.\n\n  -, -l  make the shell a login shell\n  -c <command>  pass a single command to the shell\n  -s <shell>  run that shell\n  -m, -p  don't reset the environment",
  options: {
    flags: "lmp",
    values: "cs",
    long: { login: "l", "command=": "c", "shell=": "s", "preserve-environment": "p" },
  },
  *run(io) {
    const login = io.has("l") || io.operands[0] === "-";
    const [name = "root", ...words] = io.operands.filter((word, at) => at > 0 || word !== "-");
    const account = accountOf(io.ctx.fs, name);
    if (account === undefined) {
      yield* io.complain(
        io.flavour === "busybox"
          ? `unknown user ${name}`
          : `user ${name} does not exist or the user entry does not contain all the required fields`,
      );
      return 1;
    }
    if (io.ctx.user.uid !== 0) return yield* refused(io);
    const { user, shell } = account;
    const program = io.value("s") ?? shell;
    if (/\/(nologin|false)$/.test(program)) {
      if (program.endsWith("nologin")) yield* io.out("This account is currently not available.\n");
      return 1;
    }
    const command = io.value("c");
    const interactive = command === undefined && words.length === 0 && io.ctx.tty(0) !== undefined;
    const argv = [program, ...(interactive ? ["-i"] : []), ...(command === undefined ? [] : ["-c", command]), ...words];
    return yield* exec({
      argv,
      env: environmentOf(io, user, { login, shell: program }),
      cwd: login ? user.home : io.ctx.cwd,
      stdio: [0, 1, 2],
      user,
    });
  },
});

/** A password is asked for, and none is right. **Simplified:** without a terminal nobody waits for it. */
function* refused(io: CommandIo): Call<number> {
  yield* write(2, "Password: ");
  if (io.ctx.tty(0) !== undefined) yield* readLineOf(0);
  yield* write(2, io.flavour === "busybox" ? "\nsu: incorrect password\n" : "\nsu: Authentication failure\n");
  return 1;
}

function environmentOf(
  io: CommandIo,
  { name, home, uid }: User,
  { login, shell }: { login: boolean; shell: string },
): Record<string, string> {
  const { env } = io.ctx;
  if (!login && (io.has("m") || io.has("p"))) return { ...env };
  const own = { HOME: home, SHELL: shell, ...((login || uid !== 0) && { USER: name, LOGNAME: name }) };
  if (!login) return { ...env, ...own };
  const path =
    uid === 0 ? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" : "/usr/local/bin:/usr/bin:/bin";
  return { ...own, PATH: path, ...(env["TERM"] !== undefined && { TERM: env["TERM"] }) };
}

/** What /etc/passwd and /etc/group say of a name. */
function accountOf(fs: FileSystem, wanted: string): { user: User; shell: string } | undefined {
  const rows = (path: string): string[][] =>
    (fs.exists(path) ? fs.readFile(path) : "").split("\n").map((line) => line.split(":"));
  const entry = rows("/etc/passwd").find(([name]) => name === wanted);
  if (entry === undefined) return undefined;
  const [name = "", , uid = "", gid = "", , home = "/", shell = ""] = entry;
  const groups = rows("/etc/group")
    .filter(([, , , members = ""]) => members.split(",").includes(name))
    .map(([, , id = ""]) => Number(id));
  return {
    user: {
      ...{ name, uid: Number(uid), gid: Number(gid), home },
      groups: [...new Set([Number(gid), ...groups])].sort((a, b) => a - b),
    },
    shell: shell === "" ? "/bin/sh" : shell,
  };
}
