import { defineCommand } from "../command.ts";

export const whoami = defineCommand({
  name: "whoami",
  usage: "Usage: whoami\nPrint the user name associated with the current effective user ID.",
  *run(io) {
    yield* io.out(`${io.ctx.user.name}\n`);
    return 0;
  },
});
