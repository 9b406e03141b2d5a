/** netstat, as net-tools and busybox print sockets. */
import type { SocketHolder } from "../../base/sockets.ts";
import { write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { programName } from "../process-names.ts";
import { sockets } from "./sockets.ts";

const COLUMNS = "Proto Recv-Q Send-Q Local Address           Foreign Address         State       ";

const UNSEEN = {
  debian:
    "(Not all processes could be identified, non-owned process info\n will not be shown, you would have to be root to see it all.)\n",
  busybox: "netstat: showing only processes with your user ID\n",
};

/** Simplified: of the other tables of netstat none; numbers with and without -n. */
export const netstat = defineCommand({
  name: "netstat",
  usage: "Usage: netstat [-latunp]\n\nShow the sockets that listen (-l), that are connected, or all (-a)",
  options: { flags: "latunp", long: { programs: "p", listening: "l", all: "a", tcp: "t", udp: "u", numeric: "n" } },
  *run(io) {
    if (io.operands.length > 0) {
      yield* write(2, `netstat: in this playground it takes no operand: ${io.operands.join(" ")}\n`);
      return 1;
    }
    const both = io.has("t") === io.has("u");
    const wanted = ({ protocol }: { protocol: "TCP" | "UDP" }): boolean => both || (protocol === "TCP") === io.has("t");
    const { listening, connections, guarded } = yield* sockets();
    if (io.has("p") && guarded) yield* write(2, UNSEEN[io.flavour]);
    const program = ([first]: readonly SocketHolder[]): string => {
      if (!io.has("p")) return "";
      const name = first === undefined ? "-" : programName(first, io.flavour);
      return io.flavour === "busybox" ? name : name.padEnd(20);
    };
    const row = (
      { protocol, holders }: { protocol: "TCP" | "UDP"; holders: readonly SocketHolder[] },
      [local, foreign, state]: readonly [local: string, foreign: string, state: string],
    ): string => {
      const kind = `${protocol.toLowerCase()}${local.includes("::") && io.flavour !== "busybox" ? "6" : ""}`;
      return `${kind.padEnd(5)}      0      0 ${local.padEnd(23)} ${foreign.padEnd(23)} ${state.padEnd(12)}${program(holders)}`;
    };
    const lines: string[] = [];
    const all = io.has("a");
    if (all || io.has("l")) {
      for (const each of listening.filter(wanted)) {
        const foreign = each.address.includes(":") ? ":::*" : "0.0.0.0:*";
        lines.push(row(each, [`${each.address}:${each.port}`, foreign, each.protocol === "TCP" ? "LISTEN" : ""]));
      }
    }
    if (all || !io.has("l")) {
      for (const each of connections.filter(wanted)) {
        const { localAddress, localPort, remoteAddress, remotePort } = each;
        lines.push(row(each, [`${localAddress}:${localPort}`, `${remoteAddress}:${remotePort}`, "ESTABLISHED"]));
      }
    }
    const which = all ? "servers and established" : io.has("l") ? "only servers" : "w/o servers";
    const columns = `${COLUMNS}${io.has("p") ? "PID/Program name    " : ""}`;
    yield* io.out([`Active Internet connections (${which})`, columns, ...lines].map((line) => `${line}\n`).join(""));
    return 0;
  },
});
