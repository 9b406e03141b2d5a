/** A terminal's conversation with a port. Simplified: no option negotiation, and no escape character's command mode. */
import { SystemError } from "../../base/program.ts";
import { close, connect, poll, read, resolve, write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { errorText } from "../errors.ts";
import { firstOfIPv4 } from "../prefer-ipv4.ts";

export const telnet = defineCommand({
  name: "telnet",
  usage: "Usage: telnet HOST [PORT]\n\nConnect to telnet server",
  *run(io) {
    const [host, port = "23"] = io.operands;
    if (host === undefined) return yield* io.misuse("a host is needed");
    const busybox = io.flavour === "busybox";
    let address = host;
    let fd = -1;
    try {
      const known = yield* resolve(host);
      const tried = busybox ? [firstOfIPv4(known) ?? host] : known;
      for (const [at, each] of tried.entries()) {
        address = each;
        if (!busybox) yield* io.out(`Trying ${each}...\n`);
        try {
          ({ fd } = yield* connect(known.length === 1 ? host : each, Number(port)));
          break;
        } catch (error) {
          if (!(error instanceof SystemError) || at === tried.length - 1) throw error;
          yield* io.out(`Connection failed: ${errorText(error)}\n`);
        }
      }
    } catch (error) {
      const words = errorText(error);
      const unknown = error instanceof SystemError && (error.errno === "ENOTFOUND" || error.errno === "EAI_AGAIN");
      if (busybox)
        yield* io.complain(unknown ? `bad address '${host}'` : `can't connect to remote host (${address}): ${words}`);
      else
        yield* io.complain(
          unknown ? `could not resolve ${host}/${port}: ${words}` : `Unable to connect to remote host: ${words}`,
        );
      return 1;
    }
    yield* io.out(busybox ? `Connected to ${host}\n` : `Connected to ${host}.\nEscape character is '^]'.\n`);
    for (;;) {
      const ready = yield* poll([fd, 0]);
      if (ready.length === 0) continue;
      if (ready.includes(fd)) {
        let text: string | null;
        try {
          text = yield* read(fd);
        } catch (error) {
          if (!(error instanceof SystemError)) throw error;
          text = null;
        }
        if (text === null) {
          yield* write(2, busybox ? "Connection closed by foreign host\n" : "Connection closed by foreign host.\n");
          return 1;
        }
        yield* write(1, text);
      } else {
        const text = yield* read(0);
        if (text === null) break;
        yield* write(fd, text);
      }
    }
    yield* close(fd);
    return 0;
  },
});
