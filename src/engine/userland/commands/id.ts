import { defineCommand } from "../command.ts";

export const id = defineCommand({
  name: "id",
  usage:
    "Usage: id [OPTION]...\nPrint user and group information.\n\n  -u  user ID    -g  group ID    -G  all group IDs    -n  names instead of numbers",
  options: { flags: "ugGn", long: { user: "u", group: "g", groups: "G", name: "n" } },
  *run(io) {
    const { uid, gid, name } = io.ctx.user;
    const group = gid === 0 ? "root" : name;
    if (io.has("u")) yield* io.out(`${io.has("n") ? name : uid}\n`);
    else if (io.has("g") || io.has("G")) yield* io.out(`${io.has("n") ? group : gid}\n`);
    else yield* io.out(`uid=${uid}(${name}) gid=${gid}(${group}) groups=${gid}(${group})\n`);
    return 0;
  },
});
