import { defineCommand } from "../command.ts";

export const trueCommand = defineCommand({
  name: "true",
  usage: "Usage: true\nExit with status 0.",
  options: { none: true },
  *run() {
    return 0;
  },
});
