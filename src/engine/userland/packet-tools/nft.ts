import { write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { mayLook, packetFilter } from "./access.ts";

/** Simplified: only for looking at all of it, or at the names of what is there. */
export const nft = defineCommand({
  name: "nft",
  directory: "/usr/sbin",
  usage: "Usage: nft list ruleset | list tables\n\nShow the rules of nftables",
  badUsageStatus: 1,
  *run(io) {
    const words = io.operands.join(" ");
    if (words !== "list ruleset" && words !== "list tables" && words !== "list table ip kube-proxy") {
      yield* io.complain(`\`${words}' is not simulated: list ruleset and list tables are`);
      return 1;
    }
    if (!mayLook(io)) {
      yield* write(2, "Operation not permitted (you must be root)\n");
      return 1;
    }
    const text = yield* packetFilter<string>("nftables");
    if (words === "list tables") yield* io.out(text === "" ? "" : "table ip kube-proxy\n");
    else if (text === "" && words !== "list ruleset") {
      yield* write(2, "Error: No such file or directory\nlist table ip kube-proxy\n              ^^^^^^^^^^\n");
      return 1;
    } else yield* io.out(text);
    return 0;
  },
});
