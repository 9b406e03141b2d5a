import { defineCommand } from "../command.ts";

/** What is written is on the disk already. */
export const sync = defineCommand({
  name: "sync",
  usage: "Usage: sync [OPTION] [FILE]...\nSynchronize cached writes to persistent storage.",
  options: { flags: "df", long: { data: "d", "file-system": "f" } },
  *run(io) {
    for (const name of io.operands) {
      if (io.ctx.fs.exists(io.path(name))) continue;
      yield* io.complain(`error opening '${name}': No such file or directory`);
      return 1;
    }
    return 0;
  },
});
