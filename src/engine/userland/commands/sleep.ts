import { sleep as sleepCall } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { parseDuration } from "../sizes.ts";

export const usleep = defineCommand({
  name: "usleep",
  usage: "Usage: usleep N\n\nPause for N microseconds",
  *run(io) {
    const [operand] = io.operands;
    if (operand === undefined || !/^\d+$/.test(operand)) return yield* io.misuse(`invalid number '${operand ?? ""}'`);
    yield* sleepCall(Number(operand) / 1000);
    return 0;
  },
});

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
