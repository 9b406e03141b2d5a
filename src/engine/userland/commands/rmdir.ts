import { SystemError } from "../../base/program.ts";
import { defineCommand } from "../command.ts";

export const rmdir = defineCommand({
  name: "rmdir",
  usage:
    "Usage: rmdir [OPTION]... DIRECTORY...\nRemove the DIRECTORY(ies), if they are empty.\n\n  -p  remove DIRECTORY and its ancestors",
  options: { flags: "pv", long: { parents: "p", verbose: "v" } },
  *run(io) {
    if (io.operands.length === 0) return yield* io.misuse("missing operand");
    let status = 0;
    for (const name of io.operands) {
      let path = name.replace(/\/+$/, "");
      try {
        for (;;) {
          if (io.ctx.fs.lstat(io.path(path)).type !== "directory") throw new SystemError("ENOTDIR", path);
          io.ctx.fs.remove(io.path(path));
          if (!io.has("p") || !path.includes("/")) break;
          path = path.slice(0, path.lastIndexOf("/"));
          if (path === "") break;
        }
      } catch (error) {
        yield* io.failed(io.flavour === "debian" ? `failed to remove '${path}'` : `'${path}'`, error);
        status = 1;
      }
    }
    return status;
  },
});
