import { defineCommand } from "../command.ts";
import { parseSize } from "../sizes.ts";

export const fallocate = defineCommand({
  name: "fallocate",
  usage: "Usage: fallocate -l LENGTH FILE\nPreallocate space to a file.\n\n  -l LENGTH  bytes, with K, M or G",
  options: { values: "l", long: { "length=": "l" } },
  *run(io) {
    const [name] = io.operands;
    const bytes = parseSize(io.value("l") ?? "");
    if (name === undefined || bytes === undefined || bytes === 0) {
      yield* io.complain(name === undefined ? "no filename specified" : "no length argument specified");
      return 1;
    }
    try {
      io.ctx.fs.allocate?.(io.path(name), bytes);
      return 0;
    } catch (error) {
      yield* io.failed(`cannot open ${name}`, error);
      return 1;
    }
  },
});
