import type { ProgramContext } from "../../base/program.ts";
import { defineCommand } from "../command.ts";
import { sockets } from "../packet-tools/sockets.ts";

/** The lines of /etc/hosts that are about this machine, as words: its address, then its names. */
function ownLines({ hostname, fs }: ProgramContext): string[][] {
  const lines = fs.exists("/etc/hosts") ? fs.readFile("/etc/hosts").split("\n") : [];
  return lines.map((line) => line.trim().split(/\s+/)).filter((words) => words.slice(1).includes(hostname));
}

/** What `hostname -f` says: the first name of its line is the whole one. */
export function wholeName(ctx: ProgramContext): string {
  return ownLines(ctx)[0]?.[1] ?? ctx.hostname;
}

export const hostname = defineCommand({
  name: "hostname",
  usage: "Usage: hostname [-s|-f|-d|-i|-I]\nShow the system's host name.",
  options: { flags: "sfdiI" },
  *run(io) {
    if (io.operands.length > 0) {
      yield* io.complain("you must be root to change the host name");
      return 1;
    }
    const { hostname: name } = io.ctx;
    if (io.has("I")) {
      const { addresses } = yield* sockets();
      yield* io.out(`${addresses.filter((address) => !/^127\.|^::1$/.test(address)).join(" ")} \n`);
      return 0;
    }
    if (io.has("i")) {
      const own = ownLines(io.ctx);
      const addresses = own.length === 0 ? ["127.0.0.1"] : own.map(([address = ""]) => address);
      yield* io.out(`${addresses.join(" ")}\n`);
      return 0;
    }
    const whole = wholeName(io.ctx);
    if (io.has("f")) yield* io.out(`${whole}\n`);
    else if (io.has("d")) yield* io.out(whole.includes(".") ? `${whole.slice(whole.indexOf(".") + 1)}\n` : "");
    else yield* io.out(`${io.has("s") ? name.split(".")[0] : name}\n`);
    return 0;
  },
});
