import { sleep as sleepCall } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { parseDuration } from "../sizes.ts";

export const sleep = defineCommand({
  name: "sleep",
  usage: "Usage: sleep NUMBER[SUFFIX]...\nPause for NUMBER seconds. SUFFIX may be 's', 'm', 'h' or 'd'.",
  *run(io) {
    if (io.operands.length === 0) return yield* io.misuse("missing operand");
    let total = 0;
    for (const operand of io.operands) {
      const ms = parseDuration(operand);
      if (ms === undefined) {
        if (io.flavour === "debian") return yield* io.misuse(`invalid time interval '${operand}'`);
        yield* io.complain(`invalid number '${operand}'`);
        return 1;
      }
      total += ms;
    }
    yield* sleepCall(total);
    return 0;
  },
});
