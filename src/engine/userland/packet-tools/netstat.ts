/** netstat, as net-tools and busybox print sockets. */
import { write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { sockets } from "./sockets.ts";

const COLUMNS = "Proto Recv-Q Send-Q Local Address           Foreign Address         State       ";

/** Simplified: without the programs' names, where -p shows a dash as for processes of others; of the other tables of netstat none; numbers with and without -n. */
export const netstat = defineCommand({
  name: "netstat",
  usage: "Usage: netstat [-latunp]\n\nShow the sockets that listen (-l), that are connected, or all (-a)",
  options: { flags: "latunp", long: { programs: "p", listening: "l", all: "a", tcp: "t", udp: "u", numeric: "n" } },
  *run(io) {
    if (io.operands.length > 0) {
      yield* write(2, `netstat: in this playground it takes no operand: ${io.operands.join(" ")}\n`);
      return 1;
    }
    if (io.has("p")) yield* write(2, "netstat: which program has a socket is not simulated\n");
    const both = io.has("t") === io.has("u");
    const wanted = ({ protocol }: { protocol: "TCP" | "UDP" }): boolean => both || (protocol === "TCP") === io.has("t");
    const { listening, connections } = yield* sockets();
    const row = (protocol: "TCP" | "UDP", local: string, foreign: string, state: string): string => {
      const kind = `${protocol.toLowerCase()}${local.includes("::") && io.flavour !== "busybox" ? "6" : ""}`;
      return `${kind.padEnd(5)}      0      0 ${local.padEnd(23)} ${foreign.padEnd(23)} ${state.padEnd(12)}${io.has("p") ? "-                   " : ""}`;
    };
    const lines: string[] = [];
    const all = io.has("a");
    if (all || io.has("l")) {
      for (const { protocol, address, port } of listening.filter(wanted)) {
        const foreign = address.includes(":") ? ":::*" : "0.0.0.0:*";
        lines.push(row(protocol, `${address}:${port}`, foreign, protocol === "TCP" ? "LISTEN" : ""));
      }
    }
    if (all || !io.has("l")) {
      for (const { protocol, localAddress, localPort, remoteAddress, remotePort } of connections.filter(wanted))
        lines.push(row(protocol, `${localAddress}:${localPort}`, `${remoteAddress}:${remotePort}`, "ESTABLISHED"));
    }
    const which = all ? "servers and established" : io.has("l") ? "only servers" : "w/o servers";
    const columns = `${COLUMNS}${io.has("p") ? "PID/Program name    " : ""}`;
    yield* io.out([`Active Internet connections (${which})`, columns, ...lines].map((line) => `${line}\n`).join(""));
    return 0;
  },
});
