import { defineCommand } from "../command.ts";

export const dirname = defineCommand({
  name: "dirname",
  usage: "Usage: dirname NAME...\nOutput each NAME with its last non-slash component removed.",
  *run(io) {
    if (io.operands.length === 0) return yield* io.misuse("missing operand");
    for (const name of io.operands) {
      const trimmed = name.replace(/\/+$/, "");
      const at = trimmed.lastIndexOf("/");
      const parent =
        trimmed === "" && name !== "" ? "/" : at < 0 ? "." : trimmed.slice(0, at).replace(/\/+$/, "") || "/";
      yield* io.out(`${parent}\n`);
    }
    return 0;
  },
});
