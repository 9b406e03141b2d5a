import type { Call } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";

const chgrpUsage =
  "Usage: chgrp [OPTION]... GROUP FILE...\nChange the group of each FILE.\n\n  -R  operate on files and directories recursively";

export const chgrp = defineCommand({
  name: "chgrp",
  usage: chgrpUsage,
  options: { flags: "R", long: { recursive: "R" } },
  *run(io) {
    const [group, ...files] = io.operands;
    if (group === undefined || files.length === 0) return yield* io.misuse("missing operand");
    const gid = idOf(io.ctx.fs, "/etc/group", group);
    if (gid === undefined) {
      yield* io.complain(io.flavour === "debian" ? `invalid group: '${group}'` : `unknown group ${group}`);
      return 1;
    }
    return yield* changeAll(io, files, { uid: undefined, gid });
  },
});

export const chown = defineCommand({
  name: "chown",
  usage:
    "Usage: chown [OPTION]... [OWNER][:[GROUP]] FILE...\nChange the owner and/or group of each FILE.\n\n  -R  operate on files and directories recursively",
  options: { flags: "R", long: { recursive: "R" } },
  *run(io) {
    const [owner, ...files] = io.operands;
    if (owner === undefined || files.length === 0) return yield* io.misuse("missing operand");
    const [user = "", group] = owner.split(":");
    const uid = idOf(io.ctx.fs, "/etc/passwd", user);
    const gid = group === undefined || group === "" ? undefined : idOf(io.ctx.fs, "/etc/group", group);
    if (uid === undefined && user !== "") {
      yield* io.complain(`invalid user: '${owner}'`);
      return 1;
    }
    return yield* changeAll(io, files, { uid, gid });
  },
});

function* changeAll(
  io: CommandIo,
  files: readonly string[],
  to: { uid: number | undefined; gid: number | undefined },
): Call<number> {
  const { fs, user } = io.ctx;
  if (user.uid !== 0) {
    const what = to.uid === undefined ? "group" : "ownership";
    for (const name of files) yield* io.complain(`changing ${what} of '${name}': Operation not permitted`);
    return 1;
  }
  let status = 0;
  const all = (path: string): string[] => [
    path,
    ...(io.has("R") && fs.lstat(path).type === "directory"
      ? fs.readdir(path).flatMap((entry) => all(`${path}/${entry}`))
      : []),
  ];
  for (const name of files) {
    try {
      for (const path of all(io.path(name))) fs.chown(path, to.uid ?? fs.stat(path).uid, to.gid ?? fs.stat(path).gid);
    } catch (error) {
      yield* io.failed(`cannot access '${name}'`, error);
      status = 1;
    }
  }
  return status;
}

function idOf(
  fs: { exists(path: string): boolean; readFile(path: string): string },
  file: string,
  name: string,
): number | undefined {
  if (/^\d+$/.test(name)) return Number(name);
  if (name === "root") return 0;
  if (!fs.exists(file)) return undefined;
  const line = fs
    .readFile(file)
    .split("\n")
    .find((each) => each.startsWith(`${name}:`));
  return line === undefined ? undefined : Number(line.split(":")[2]);
}
