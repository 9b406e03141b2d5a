import { defineCommand } from "../command.ts";

export const whoami = defineCommand({
  name: "whoami",
  usage: "Usage: whoami\nPrint the user name associated with the current effective user ID.",
  *run(io) {
    const { name, uid } = io.ctx.user;
    if (name === "") {
      yield* io.complain(io.flavour === "busybox" ? `unknown uid ${uid}` : `cannot find name for user ID ${uid}`);
      return 1;
    }
    yield* io.out(`${name}\n`);
    return 0;
  },
});
