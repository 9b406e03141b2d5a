/** netstat, as net-tools and busybox print who listens. */
import { write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { sockets } from "./sockets.ts";

const HEAD =
  "Active Internet connections (only servers)\nProto Recv-Q Send-Q Local Address           Foreign Address         State       ";

/** Simplified: only who listens, without the programs' names. */
export const netstat = defineCommand({
  name: "netstat",
  usage: "Usage: netstat -l [-tun]\n\nShow the sockets that listen",
  options: { flags: "ltun", long: { listening: "l", tcp: "t", udp: "u", numeric: "n" } },
  *run(io) {
    if (!io.has("l") || io.operands.length > 0) {
      yield* write(2, "netstat: in this playground only sockets that listen are shown: netstat -ltn\n");
      return 1;
    }
    const both = io.has("t") === io.has("u");
    const { listening } = yield* sockets();
    const lines = listening
      .filter(({ protocol }) => both || (protocol === "TCP") === io.has("t"))
      .map(({ protocol, address, port }) => {
        const six = address.includes(":");
        const kind = `${protocol.toLowerCase()}${six && io.flavour !== "busybox" ? "6" : ""}`;
        const foreign = six ? ":::*" : "0.0.0.0:*";
        const state = protocol === "TCP" ? "LISTEN" : "";
        return `${kind.padEnd(5)}      0      0 ${`${address}:${port}`.padEnd(23)} ${foreign.padEnd(23)} ${state.padEnd(12)}`;
      });
    yield* io.out([HEAD, ...lines].map((line) => `${line}\n`).join(""));
    return 0;
  },
});
