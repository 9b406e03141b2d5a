import { SystemError } from "../../base/program.ts";
import { resolve } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";

/** Simplified: the server is the first one of /etc/resolv.conf whatever is asked, and only addresses are looked up. */
export const nslookup = defineCommand({
  name: "nslookup",
  usage: "Usage: nslookup [-type=QUERY_TYPE] HOST [DNS_SERVER]\n\nQuery DNS about HOST",
  options: { none: true },
  *run(io) {
    const [host, given] = io.operands.filter((operand) => !operand.startsWith("-"));
    if (host === undefined) {
      yield* io.complain("a host to look up is missing");
      return 1;
    }
    const { fs } = io.ctx;
    const config = fs.exists("/etc/resolv.conf") ? fs.readFile("/etc/resolv.conf") : "";
    const server = given ?? /^nameserver\s+(\S+)/m.exec(config)?.[1] ?? "127.0.0.1";
    const search = /^search\s+(.*)$/m.exec(config)?.[1]?.split(/\s+/) ?? [];
    yield* io.out(
      io.flavour === "busybox"
        ? `Server:\t\t${server}\nAddress:\t${server}:53\n\n`
        : `Server:\t\t${server}\nAddress:\t${server}#53\n\n`,
    );
    for (const name of [host, ...(host.endsWith(".") ? [] : search.map((domain) => `${host}.${domain}`))]) {
      try {
        const addresses = yield* resolve(`${name}${name.endsWith(".") || !name.includes(".") ? "" : "."}`);
        yield* io.out(`${addresses.map((address) => `Name:\t${name}\nAddress: ${address}\n`).join("")}\n`);
        return 0;
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        if (error.errno === "ETIMEDOUT" || error.errno === "EAI_AGAIN") {
          yield* io.out(
            io.flavour === "busybox"
              ? ";; connection timed out; no servers could be reached\n\n"
              : `;; communications error to ${server}#53: timed out\n;; no servers could be reached\n\n`,
          );
          return 1;
        }
      }
    }
    yield* io.out(`** server can't find ${host}: NXDOMAIN\n\n`);
    return 1;
  },
});
