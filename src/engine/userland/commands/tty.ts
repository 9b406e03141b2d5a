/** Upstream: coreutils src/tty.c. */
import { defineCommand } from "../command.ts";

/** **Simplified:** every terminal is the first one. */
export const tty = defineCommand({
  name: "tty",
  usage:
    "Usage: tty [OPTION]...\nPrint the file name of the terminal connected to standard input.\n\n  -s  print nothing",
  options: { flags: "s", long: { silent: "s", quiet: "s" } },
  badUsageStatus: 2,
  *run(io) {
    const there = io.ctx.tty(0) !== undefined;
    if (!io.has("s")) yield* io.out(there ? "/dev/pts/0\n" : "not a tty\n");
    return there ? 0 : 1;
  },
});
