import { defineCommand } from "../command.ts";

export const touch = defineCommand({
  name: "touch",
  usage:
    "Usage: touch [OPTION]... FILE...\nUpdate the modification times of each FILE to the current time; create those that don't exist.\n\n  -c  do not create any files\n  -r FILE  use this file's time",
  options: { flags: "cam", values: "r", long: { "no-create": "c", "reference=": "r" } },
  *run(io) {
    if (io.operands.length === 0) return yield* io.misuse("missing file operand");
    const { fs } = io.ctx;
    const reference = io.value("r");
    let status = 0;
    for (const name of io.operands) {
      const path = io.path(name);
      try {
        const time = reference === undefined ? io.ctx.now() : fs.stat(io.path(reference)).mtime;
        if (!io.has("c") || fs.exists(path)) fs.touch(path, time);
      } catch (error) {
        yield* io.failed(io.flavour === "debian" ? `cannot touch '${name}'` : name, error);
        status = 1;
      }
    }
    return status;
  },
});
