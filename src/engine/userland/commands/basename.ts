import { defineCommand } from "../command.ts";
import { baseName } from "../../runtime/paths.ts";

export const basename = defineCommand({
  name: "basename",
  usage:
    "Usage: basename NAME [SUFFIX]\nPrint NAME with any leading directory components removed.\n\n  -a  several NAMEs\n  -s SUFFIX  remove a trailing SUFFIX",
  options: { flags: "a", values: "s", long: { multiple: "a", "suffix=": "s" } },
  *run(io) {
    const many = io.has("a") || io.has("s");
    const [first, second] = io.operands;
    if (first === undefined) return yield* io.misuse("missing operand");
    if (!many && io.operands.length > 2) return yield* io.misuse(`extra operand '${io.operands[2]}'`);
    const suffix = io.value("s") ?? (many ? undefined : second);
    for (const name of many ? io.operands : [first]) {
      const base = /^\/+$/.test(name) ? "/" : baseName(name.replace(/\/+$/, ""));
      const cut =
        suffix !== undefined && base !== suffix && base.endsWith(suffix)
          ? base.slice(0, base.length - suffix.length)
          : base;
      yield* io.out(`${cut}\n`);
    }
    return 0;
  },
});
