import { defineCommand } from "../command.ts";

export const falseCommand = defineCommand({
  name: "false",
  usage: "Usage: false\nExit with status 1.",
  options: { none: true },
  *run() {
    return 1;
  },
});
