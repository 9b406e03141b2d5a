import { SystemError } from "../../base/program.ts";
import type { FileSystem } from "../../base/program.ts";
import { resolvePath } from "../../runtime/paths.ts";
import { defineCommand } from "../command.ts";

const MOST_LINKS = 40;

/** The path without links. */
export function withoutLinks(fs: FileSystem, path: string): string {
  let rest = path.split("/").filter((part) => part !== "");
  let at = "";
  let links = 0;
  while (rest.length > 0) {
    const [part = "", ...more] = rest;
    const next = `${at}/${part}`;
    if (fs.exists(next) && fs.lstat(next).type === "symlink") {
      if (++links > MOST_LINKS) throw new SystemError("EINVAL", path);
      rest = [
        ...resolvePath(at === "" ? "/" : at, fs.readlink(next))
          .split("/")
          .filter((each) => each !== ""),
        ...more,
      ];
      at = "";
    } else {
      at = next;
      rest = more;
    }
  }
  return at === "" ? "/" : at;
}

export const realpath = defineCommand({
  name: "realpath",
  usage: "Usage: realpath FILE...\nPrint the resolved absolute file name.",
  options: { flags: "emsz" },
  *run(io) {
    if (io.operands.length === 0) return yield* io.misuse("missing operand");
    let status = 0;
    for (const name of io.operands) {
      try {
        const path = withoutLinks(io.ctx.fs, io.path(name));
        if (!io.has("m")) {
          const parent = path.slice(0, path.lastIndexOf("/")) || "/";
          io.ctx.fs.stat(io.has("e") ? path : parent);
        }
        if (!io.has("z")) yield* io.out(`${path}\n`);
        else yield* io.out(`${path}\0`);
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        yield* io.failed(name, error);
        status = 1;
      }
    }
    return status;
  },
});
