import type { FileSystem } from "../../base/program.ts";
import { SystemError } from "../../base/program.ts";
import { defineCommand } from "../command.ts";

export const id = defineCommand({
  name: "id",
  usage:
    "Usage: id [OPTION]...\nPrint user and group information.\n\n  -u  user ID    -g  group ID    -G  all group IDs    -n  names instead of numbers",
  options: { flags: "ugGn", long: { user: "u", group: "g", groups: "G", name: "n" } },
  *run(io) {
    const { fs, user } = io.ctx;
    const { uid, gid, name } = user;
    const all = user.groups ?? [gid];
    // GNU's id puts the process' own group first, busybox' shows them as the kernel keeps them.
    const groups = io.flavour === "busybox" ? all : [gid, ...all.filter((group) => group !== gid)];
    const names = groupNames(fs);
    const groupName = (group: number): string => names.get(group) ?? String(group);
    const shown = (group: number): string => (names.has(group) ? `${group}(${names.get(group)})` : String(group));
    if (io.has("u")) yield* io.out(`${io.has("n") && name !== "" ? name : uid}\n`);
    else if (io.has("g")) yield* io.out(`${io.has("n") ? groupName(gid) : gid}\n`);
    else if (io.has("G"))
      yield* io.out(`${groups.map((group) => (io.has("n") ? groupName(group) : group)).join(" ")}\n`);
    else {
      const who = name === "" ? String(uid) : `${uid}(${name})`;
      yield* io.out(`uid=${who} gid=${shown(gid)} groups=${groups.map(shown).join(",")}\n`);
    }
    return 0;
  },
});

export const groups = defineCommand({
  name: "groups",
  usage: "Usage: groups\nPrint the groups that this process is in.",
  *run(io) {
    const { ctx } = io;
    const { gid, groups: all = [gid] } = ctx.user;
    const names = groupNames(ctx.fs);
    yield* io.out(`${all.map((group) => names.get(group) ?? group).join(" ")}\n`);
    return 0;
  },
});

function groupNames(fs: FileSystem): Map<number, string> {
  try {
    const rows = fs.readFile("/etc/group").split("\n");
    return new Map(
      rows.map((line) => line.split(":")).map(([name = "", , id]): [number, string] => [Number(id ?? NaN), name]),
    );
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return new Map();
  }
}
