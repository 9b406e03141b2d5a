import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import type { Call } from "../../base/syscalls.ts";
import { TestError, testArguments } from "../test-arguments.ts";

const USAGE = "Usage: test EXPRESSION\n  or:  [ EXPRESSION ]\nExit with the status determined by EXPRESSION.";

export const test = defineCommand({
  name: "test",
  usage: USAGE,
  options: { none: true },
  badUsageStatus: 2,
  run: evaluate,
});
export const bracket = defineCommand({
  name: "[",
  usage: USAGE,
  options: { none: true },
  badUsageStatus: 2,
  run: evaluate,
});

function* evaluate(io: CommandIo): Call<number> {
  const words = [...io.operands];
  if (io.name === "[" && words.pop() !== "]") {
    yield* io.complain("missing ']'");
    return 2;
  }
  try {
    return testArguments({ ctx: io.ctx }, words) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof TestError)) throw error;
    yield* io.complain(error.message);
    return 2;
  }
}
