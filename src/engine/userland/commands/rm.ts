import { SystemError } from "../../base/program.ts";
import { defineCommand } from "../command.ts";

export const rm = defineCommand({
  name: "rm",
  usage:
    "Usage: rm [OPTION]... [FILE]...\nRemove (unlink) the FILE(s).\n\n  -f  ignore nonexistent files, never prompt\n  -r, -R  remove directories and their contents\n  -d  remove empty directories\n  -v  explain what is being done",
  options: { flags: "frRdv", long: { force: "f", recursive: "r", dir: "d", verbose: "v" } },
  *run(io) {
    if (io.operands.length === 0) return io.has("f") ? 0 : yield* io.misuse("missing operand");
    const recursive = io.has("r") || io.has("R");
    let status = 0;
    for (const name of io.operands) {
      const path = io.path(name);
      try {
        if (path === "/") {
          yield* io.complain("it is dangerous to operate recursively on '/'");
          status = 1;
          continue;
        }
        const directory = io.ctx.fs.lstat(path).type === "directory";
        if (directory && !recursive && !io.has("d")) throw new SystemError("EISDIR", name);
        io.ctx.fs.remove(path, { recursive });
        if (io.has("v")) yield* io.out(`removed ${directory ? "directory " : ""}'${name}'\n`);
      } catch (error) {
        if (error instanceof SystemError && error.errno === "ENOENT" && io.has("f")) continue;
        yield* io.failed(io.flavour === "debian" ? `cannot remove '${name}'` : `can't remove '${name}'`, error);
        status = 1;
      }
    }
    return status;
  },
});
