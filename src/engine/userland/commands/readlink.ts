import { defineCommand } from "../command.ts";

export const readlink = defineCommand({
  name: "readlink",
  usage:
    "Usage: readlink [-f] FILE...\nPrint the target of symbolic links; with -f the full path without links in its last part.",
  options: { flags: "fen" },
  *run(io) {
    let status = 0;
    for (const name of io.operands) {
      let path = io.path(name);
      try {
        if (!io.has("f") && !io.has("e")) yield* io.out(`${io.ctx.fs.readlink(path)}\n`);
        else {
          for (let links = 0; links < 40 && io.ctx.fs.exists(path) && io.ctx.fs.lstat(path).type === "symlink"; links++)
            path = io.path(io.ctx.fs.readlink(path));
          yield* io.out(`${path}\n`);
        }
      } catch {
        status = 1;
      }
    }
    return status;
  },
});
