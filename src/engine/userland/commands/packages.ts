import type { Call } from "../../base/syscalls.ts";
import { write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";

/** Package managers: there is no internet behind the cluster, so they fail as they do without one. */
export const apk = defineCommand({
  name: "apk",
  directory: "/sbin",
  usage: "usage: apk COMMAND [<ARGUMENTS>...]\n\nAlpine's package manager; no repository can be reached from here.",
  options: { none: true },
  *run(io) {
    const [action] = io.operands.filter((word) => !word.startsWith("-"));
    if (action !== "add" && action !== "update" && action !== "upgrade") return yield* unsupported(io, action);
    const repository = "https://dl-cdn.alpinelinux.org/alpine/v3.22/main";
    yield* write(
      2,
      `fetch ${repository}/x86_64/APKINDEX.tar.gz\nWARNING: fetching ${repository}: DNS: transient error (try again later)\n`,
    );
    if (action === "update") yield* write(2, "1 unavailable, 0 stale; 0 distinct packages available\n");
    else
      for (const name of io.operands.slice(1).filter((word) => !word.startsWith("-")))
        yield* write(
          2,
          `ERROR: unable to select packages:\n  ${name} (no such package):\n    required by: world[${name}]\n`,
        );
    return 1;
  },
});

function apt(name: string): ReturnType<typeof defineCommand> {
  return defineCommand({
    name,
    usage: `Usage: ${name} COMMAND\n\nDebian's package manager; no repository can be reached from here.`,
    options: { none: true },
    *run(io) {
      const [action, ...names] = io.operands.filter((word) => !word.startsWith("-"));
      if (action === "update") {
        yield* io.out(
          "Ign:1 http://deb.debian.org/debian trixie InRelease\nErr:1 http://deb.debian.org/debian trixie InRelease\n  Temporary failure resolving 'deb.debian.org'\nReading package lists... Done\n",
        );
        yield* write(
          2,
          "W: Failed to fetch http://deb.debian.org/debian/dists/trixie/InRelease  Temporary failure resolving 'deb.debian.org'\nW: Some index files failed to download. They have been ignored, or old ones used instead.\n",
        );
        return 0;
      }
      if (action !== "install" && action !== "upgrade") return yield* unsupported(io, action);
      yield* io.out("Reading package lists... Done\nBuilding dependency tree... Done\n");
      for (const each of names) yield* write(2, `E: Unable to locate package ${each}\n`);
      return 100;
    },
  });
}

export const aptGet = apt("apt-get");
export const aptTool = apt("apt");

function* unsupported(io: CommandIo, action: string | undefined): Call<number> {
  yield* write(
    2,
    `${io.name}: ${action === undefined ? "a command is needed" : `'${action}' is not simulated here`}\n`,
  );
  return 1;
}
