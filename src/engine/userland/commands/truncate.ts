import { defineCommand } from "../command.ts";
import { parseSize } from "../sizes.ts";

export const truncate = defineCommand({
  name: "truncate",
  usage:
    "Usage: truncate -s SIZE FILE...\nShrink or extend the size of each FILE to SIZE.\n\n  -c       don't create files\n  -s SIZE  bytes, with K, M or G",
  options: { flags: "c", values: "s", long: { "size=": "s", "no-create": "c" } },
  *run(io) {
    const bytes = parseSize(io.value("s") ?? "");
    if (io.operands.length === 0) return yield* io.misuse("missing file operand");
    if (bytes === undefined) {
      return yield* io.misuse(
        io.value("s") === undefined ? "you must specify a size" : `Invalid number: '${io.value("s")}'`,
      );
    }
    let status = 0;
    const { fs } = io.ctx;
    for (const name of io.operands) {
      const path = io.path(name);
      try {
        const text = fs.exists(path) ? fs.readFile(path) : undefined;
        if (text === undefined && io.has("c")) continue;
        if (bytes <= (text ?? "").length) fs.writeFile(path, (text ?? "").slice(0, bytes));
        else fs.allocate?.(path, bytes);
      } catch (error) {
        yield* io.failed(`cannot open '${name}' for writing`, error);
        status = 1;
      }
    }
    return status;
  },
});
