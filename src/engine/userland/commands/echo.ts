import { defineCommand } from "../command.ts";
import { echoText } from "../echo-text.ts";

export const echo = defineCommand({
  name: "echo",
  usage: "Usage: echo [-neE] [STRING]...\nDisplay a line of text.",
  options: { none: true },
  *run(io) {
    yield* io.out(echoText(io.operands));
    return 0;
  },
});
