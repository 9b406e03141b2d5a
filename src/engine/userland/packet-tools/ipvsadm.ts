import { write } from "../../base/syscalls.ts";
import type { VirtualServer } from "../../base/packet-filter.ts";
import { defineCommand } from "../command.ts";
import { mayLook, packetFilter } from "./access.ts";

/** Simplified: only for looking, and numerically (-n) whether asked to or not. */
export const ipvsadm = defineCommand({
  name: "ipvsadm",
  directory: "/usr/sbin",
  usage: "Usage: ipvsadm [-Ln]\n\nList the virtual servers of IPVS",
  options: { flags: "Lnl", long: { list: "L", numeric: "n" } },
  badUsageStatus: 2,
  *run(io) {
    if (!mayLook(io)) {
      yield* write(2, "Can't initialize ipvs: Permission denied (you must be root)\n");
      return 255;
    }
    const servers = yield* packetFilter<VirtualServer[]>("ipvs");
    const lines = [
      "IP Virtual Server version 1.2.1 (size=4096)",
      "Prot LocalAddress:Port Scheduler Flags",
      "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn",
    ];
    for (const { protocol, address, scheduler, persistentSeconds, destinations } of servers) {
      lines.push(
        `${protocol}  ${address} ${scheduler}${persistentSeconds > 0 ? ` persistent ${persistentSeconds}` : ""}`,
      );
      for (const { address: socket, connections } of destinations)
        lines.push(`  -> ${socket.padEnd(28)} Masq    1      ${String(connections).padEnd(10)} 0         `);
    }
    yield* io.out(lines.map((line) => `${line}\n`).join(""));
    return 0;
  },
});
