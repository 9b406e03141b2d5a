/** iproute2's ss: which sockets there are. */
import type { SocketHolder } from "../../base/sockets.ts";
import { write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { commandName } from "../process-names.ts";
import { sockets } from "./sockets.ts";

interface Row {
  readonly net: "tcp" | "udp";
  readonly state: string;
  readonly queue: string;
  readonly local: readonly [address: string, port: string];
  readonly peer: readonly [address: string, port: string];
  readonly holders: readonly SocketHolder[];
}

/**
 * Simplified: TCP and UDP; nothing waits in queues; numbers with and without -n; -a beside -l is -a, whichever stands last.
 */
export const ss = defineCommand({
  name: "ss",
  usage:
    "Usage: ss [ OPTIONS ]\n   -n, --numeric       don't resolve service names\n   -a, --all           display all sockets\n   -l, --listening     display listening sockets\n   -p, --processes     show process using socket\n   -t, --tcp           display only TCP sockets\n   -u, --udp           display only UDP sockets\n   -4, --ipv4          display only IP version 4 sockets\n   -6, --ipv6          display only IP version 6 sockets\n   -H, --no-header     Suppress header line",
  badUsageStatus: 255,
  options: {
    flags: "naltup46H",
    long: {
      numeric: "n",
      all: "a",
      listening: "l",
      tcp: "t",
      udp: "u",
      processes: "p",
      ipv4: "4",
      ipv6: "6",
      "no-header": "H",
    },
  },
  *run(io) {
    if (io.operands.length > 0) {
      yield* write(2, `ss: filters are not simulated: ${io.operands.join(" ")}\n`);
      return 255;
    }
    const { listening, connections } = yield* sockets();
    const both = io.has("t") === io.has("u");
    const wanted = (net: "tcp" | "udp"): boolean => both || io.has(net === "tcp" ? "t" : "u");
    const family = (address: string): boolean => {
      const six = address.includes(":");
      return io.has("4") === io.has("6") || (six ? io.has("6") : io.has("4"));
    };
    const rows: Row[] = [];
    if (io.has("l") || io.has("a")) {
      for (const { protocol, address, port, holders } of listening) {
        const any = address === "::" ? "*" : bracketed(address);
        const net = protocol === "TCP" ? "tcp" : "udp";
        const peer = any === "*" ? "*" : address.includes(":") ? "[::]" : "0.0.0.0";
        const state = net === "tcp" ? "LISTEN" : "UNCONN";
        const queue = net === "tcp" ? "4096" : "0";
        rows.push({ net, state, queue, local: [any, String(port)], peer: [peer, "*"], holders });
      }
    }
    if (io.has("a") || !io.has("l")) {
      for (const { protocol, localAddress, localPort, remoteAddress, remotePort, holders } of connections) {
        if (!family(remoteAddress)) continue;
        const local = [bracketed(localAddress), String(localPort)] as const;
        const peer = [bracketed(remoteAddress), String(remotePort)] as const;
        rows.push({ net: protocol === "TCP" ? "tcp" : "udp", state: "ESTAB", queue: "0", local, peer, holders });
      }
    }
    const shown = rows.filter(({ net, local: [address] }) => wanted(net) && (address === "*" || family(address)));
    yield* io.out(table(shown, { netid: both, header: !io.has("H"), processes: io.has("p") }));
    return 0;
  },
});

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** The processes that have the socket, the newest first. */
function users(holders: readonly SocketHolder[]): string {
  if (holders.length === 0) return "";
  const each = holders.map((holder) => `("${commandName(holder)}",pid=${holder.pid},fd=${holder.fd})`);
  return ` users:(${each.reverse().join(",")})`;
}

/** Addresses end where their ports begin; columns are as wide as they have to be, as ss has them in a pipe. */
function table(rows: readonly Row[], how: { netid: boolean; header: boolean; processes: boolean }): string {
  const cells = [
    ...(how.header
      ? [["Netid", "State", "Recv-Q", "Send-Q", "Local Address", "Port", "Peer Address", "Port", "Process"]]
      : []),
    ...rows.map(({ net, state, queue, local, peer, holders }) => {
      const sockets = [net, state, "0", queue, ...local, ...peer];
      return [...sockets, how.processes ? users(holders) : ""];
    }),
  ];
  const wide = (column: number): number => Math.max(...cells.map((row) => row[column]?.length ?? 0));
  const widths = Array.from({ length: 9 }, (_, column) => wide(column));
  const line = (row: readonly string[]): string => {
    const cell = (column: number): string => (row[column] ?? "").padEnd(widths[column] ?? 0);
    const address = (column: number): string => (row[column] ?? "").padStart(widths[column] ?? 0);
    const start = how.netid ? `${cell(0)} ` : "";
    return `${start}${cell(1)} ${cell(2)} ${cell(3)} ${address(4)}:${cell(5)} ${address(6)}:${cell(7)}${cell(8)}`;
  };
  return cells.map((row) => `${line(row)}\n`).join("");
}
