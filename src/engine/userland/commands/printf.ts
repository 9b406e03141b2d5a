import { write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { formatPrintf } from "../printf-format.ts";
import { quoteForPrintf } from "../shell/quote.ts";

export const printf = defineCommand({
  name: "printf",
  usage: "Usage: printf FORMAT [ARGUMENT]...\nPrint ARGUMENT(s) according to FORMAT.",
  options: { none: true },
  *run(io) {
    const [format, ...args] = io.operands;
    if (format === undefined) return yield* io.misuse("missing operand");
    const { text, errors } = formatPrintf(format, args, { now: io.ctx.now(), quote: quoteForPrintf });
    yield* io.out(text);
    for (const error of errors) yield* write(2, `printf: ${error}\n`);
    return errors.length > 0 ? 1 : 0;
  },
});
