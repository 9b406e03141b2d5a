/** Upstream: coreutils src/nproc.c. A container's CPU limit doesn't show: it is time that is limited, not processors. */
import { defineCommand } from "../command.ts";
import { processorsOf } from "../machine-files.ts";

export const nproc = defineCommand({
  name: "nproc",
  usage:
    "Usage: nproc [OPTION]...\nPrint the number of processing units available to the current process.\n\n  --all  the installed ones    --ignore=N  exclude N of them, if possible",
  options: { long: { all: "a", "ignore=": "i" } },
  *run(io) {
    const ignored = io.value("i") ?? "0";
    if (!/^\d+$/.test(ignored)) return yield* io.misuse(`invalid number: ‘${ignored}’`);
    const [extra] = io.operands;
    if (extra !== undefined) return yield* io.misuse(`extra operand ‘${extra}’`);
    yield* io.out(`${Math.max(1, processorsOf(io.ctx.fs) - Number(ignored))}\n`);
    return 0;
  },
});
