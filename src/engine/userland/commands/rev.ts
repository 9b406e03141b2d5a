import { defineCommand } from "../command.ts";
import { mapLines } from "../lines.ts";

export const rev = defineCommand({
  name: "rev",
  usage: "Usage: rev [FILE]...\nReverse lines of FILE.",
  *run(io) {
    return yield* io.eachInput((fd) => mapLines(fd, (line) => [...line].reverse().join("")));
  },
});
