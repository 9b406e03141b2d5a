/** What is mounted where. Upstream: util-linux sys-utils/mount.c, busybox util-linux/mount.c. */
import { defineCommand } from "../command.ts";
import { hasSystemAdmin } from "../system-admin.ts";

/** **Simplified:** it only tells: who might mount something hears that it isn't simulated. */
export const mount = defineCommand({
  name: "mount",
  usage: `
Usage: mount [-t TYPE]
       mount [-o OPTIONS] [-t TYPE] DEVICE DIRECTORY
List what is mounted, or mount a file system.`,
  options: { flags: "alrvw", values: "ot", long: { "types=": "t", "options=": "o", bind: "bind" } },
  *run(io) {
    const { fs } = io.ctx;
    const [target] = io.operands.slice(-1);
    if (target !== undefined || io.has("a")) {
      if (io.ctx.user.uid === 0 && hasSystemAdmin(fs)) {
        yield* io.complain("mounting is not simulated: volumes come with a pod's spec");
        return io.flavour === "debian" ? 32 : 1;
      }
      if (io.flavour === "busybox") {
        yield* io.complain("permission denied (are you root?)");
        return 1;
      }
      yield* io.complain(
        `${target ?? "/"}: ${io.ctx.user.uid === 0 ? "permission denied." : "must be superuser to use mount."}`,
      );
      return io.ctx.user.uid === 0 ? 32 : 1;
    }
    const types = io.value("t")?.split(",");
    const shown = (fs.mountTable?.() ?? []).filter(({ type }) => types === undefined || types.includes(type));
    yield* io.out(shown.map((at) => `${at.source} on ${at.path} type ${at.type} (${at.options})\n`).join(""));
    return 0;
  },
});
