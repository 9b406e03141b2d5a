import type { IptablesTable } from "../../base/packet-filter.ts";
import type { Call } from "../../base/syscalls.ts";
import { write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { mayLook, packetFilter } from "./access.ts";

/**
 * Simplified: only for looking at all of it, or at the names of what is there; what iptables has put there is named, and
 * shown by iptables-save alone.
 */
export const nft = defineCommand({
  name: "nft",
  directory: "/usr/sbin",
  usage: "Usage: nft list ruleset | list tables\n\nShow the rules of nftables",
  badUsageStatus: 1,
  *run(io) {
    const words = io.operands.join(" ");
    if (words !== "list ruleset" && words !== "list tables" && !/^list table ip6? kube-proxy$/.test(words)) {
      yield* io.complain(`\`${words}' is not simulated: list ruleset and list tables are`);
      return 1;
    }
    if (!(yield* mayLook())) {
      yield* write(2, "Operation not permitted (you must be root)\n");
      yield* write(2, "netlink: Error: cache initialization failed: Operation not permitted\n");
      return 1;
    }
    const text = yield* packetFilter<string>("nftables");
    const tables = text.split(/^(?=table )/m).filter((table) => table !== "");
    const asked = /^list (table .*)$/.exec(words)?.[1];
    if (words === "list tables") {
      yield* io.out(tables.map((table) => `${table.slice(0, table.indexOf(" {"))}\n`).join(""));
      return 0;
    }
    if (asked === undefined) {
      yield* io.out(text);
      yield* nameOthers(io);
      return 0;
    }
    const found = tables.find((table) => table.startsWith(`${asked} {`));
    if (found === undefined) {
      yield* write(2, `Error: No such file or directory\n${words}\n              ^^^^^^^^^^\n`);
      return 1;
    }
    yield* io.out(`${found.trimEnd()}\n`);
    return 0;
  },
});

/** The tables that iptables-nft manages, which real nft would show in its own words. */
function* nameOthers(io: CommandIo): Call<void> {
  for (const [family, tool, ask] of [
    ["ip", "iptables-save", "IPv4"],
    ["ip6", "ip6tables-save", "IPv6"],
  ] as const) {
    for (const { name, chains } of yield* packetFilter<IptablesTable[]>(ask)) {
      if (chains.every(({ rules }) => rules.length === 0)) continue;
      yield* io.complain(
        `table ${family} ${name} is managed by iptables-nft, and shown here by ${tool} -t ${name} alone`,
      );
    }
  }
}
