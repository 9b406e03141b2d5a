import { defineCommand } from "../command.ts";
import { baseName } from "../../runtime/paths.ts";
import { targetFor } from "../transfer-target.ts";

/** Simplified: only symbolic links. */
export const ln = defineCommand({
  name: "ln",
  usage:
    "Usage: ln -s [OPTION]... TARGET LINK_NAME\nCreate symbolic links.\n\n  -f  remove existing destination files\n  -n  accepted",
  options: { flags: "sfnv", long: { symbolic: "s", force: "f", "no-dereference": "n", verbose: "v" } },
  *run(io) {
    const [target, link = target === undefined ? undefined : baseName(target)] = io.operands;
    if (target === undefined || link === undefined) return yield* io.misuse("missing file operand");
    if (!io.has("s")) {
      yield* io.complain("hard links are not simulated: use -s");
      return 1;
    }
    const path = io.has("n") ? io.path(link) : targetFor(io, target, link);
    try {
      if (io.has("f") && io.ctx.fs.exists(path)) io.ctx.fs.remove(path);
      io.ctx.fs.symlink(target, path);
    } catch (error) {
      yield* io.failed(`failed to create symbolic link '${link}'`, error);
      return 1;
    }
    return 0;
  },
});
