/**
 * htpasswd, of apache2-utils: files of names and passwords for basic authentication. Upstream: apache/httpd support/htpasswd.c.
 * Simplified: passwords are MD5 of the apr1 kind, which is the default, or plain.
 */
import { apr1, newSalt } from "../base/apr1.ts";
import type { Call } from "../base/syscalls.ts";
import { readLineOf, write } from "../base/syscalls.ts";
import { SystemError } from "../base/program.ts";
import { defineCommand } from "./command.ts";
import type { CommandIo } from "./command.ts";
import { readSilently } from "./silent-line.ts";

const USAGE = `Usage:
\thtpasswd [-cimp] passwordfile username
\thtpasswd -b[cmp] passwordfile username password

\thtpasswd -n[imp] username
\thtpasswd -nb[mp] username password
 -c  Create a new file.
 -n  Don't update file; display results on stdout.
 -b  Use the password from the command line rather than prompting for it.
 -i  Read password from stdin without verification (for script usage).
 -m  Force MD5 encryption of the password (default).
 -p  Do not encrypt the password (plaintext, insecure).`;

/** Exit statuses: 2 for a wrong call, 3 for passwords that differ, 1 for a file that can't be used. */
export const htpasswd = defineCommand({
  name: "htpasswd",
  usage: USAGE,
  badUsageStatus: 2,
  options: { flags: "cnbimp" },
  *run(io) {
    const words = [...io.operands];
    const file = io.has("n") ? undefined : words.shift();
    const [name, given, ...more] = words;
    const misused = name === undefined || more.length > 0 || (given === undefined) === io.has("b");
    if (misused || (file === undefined && !io.has("n")) || (io.has("n") && io.has("c"))) {
      yield* write(2, `${USAGE}\n`);
      return 2;
    }
    const password = given ?? (yield* typed(io));
    if (password === undefined) {
      yield* io.complain("password verification error");
      return 3;
    }
    const entry = `${name}:${
      io.has("p")
        ? password
        : apr1(
            password,
            newSalt((bound) => io.ctx.random(bound)),
          )
    }`;
    if (file === undefined) {
      yield* io.out(`${entry}\n`);
      return 0;
    }
    return yield* store(io, { file, name, entry });
  },
});

/** undefined: the two that were typed differ. */
function* typed(io: CommandIo): Call<string | undefined> {
  if (io.has("i")) return ((yield* readLineOf(0)) ?? "").replace(/\n$/, "");
  const answers: string[] = [];
  for (const question of ["New password: ", "Re-type new password: "]) {
    yield* write(2, question);
    const line = io.ctx.tty(0) === undefined ? yield* readLineOf(0) : yield* readSilently(0);
    yield* write(2, "\n");
    answers.push((line ?? "").replace(/\n$/, ""));
  }
  return answers[0] === answers[1] ? answers[0] : undefined;
}

function* store(io: CommandIo, what: { file: string; name: string; entry: string }): Call<number> {
  const { file, name, entry } = what;
  const { fs } = io.ctx;
  const path = io.path(file);
  if (!io.has("c") && !fs.exists(path)) {
    yield* io.complain(`cannot modify file ${file}; use '-c' to create it`);
    return 1;
  }
  try {
    const lines = io.has("c")
      ? []
      : fs
          .readFile(path)
          .split("\n")
          .filter((line) => line !== "");
    const at = lines.findIndex((line) => line.startsWith(`${name}:`));
    if (at < 0) lines.push(entry);
    else lines[at] = entry;
    fs.writeFile(path, `${lines.join("\n")}\n`, {});
    yield* write(2, `${at < 0 ? "Adding" : "Updating"} password for user ${name}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* io.complain(`cannot create file ${file}`);
    return 1;
  }
}
