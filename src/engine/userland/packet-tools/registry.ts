/** What nodes and network troubleshooting images carry beyond a userland: tools that show the packet filter. */
import type { Program } from "../../base/program.ts";
import type { Command, Flavour } from "../command.ts";
import { ip6tables, ip6tablesSave, iptables, iptablesSave } from "./iptables.ts";
import { ipvsadm } from "./ipvsadm.ts";
import { nft } from "./nft.ts";

const TOOLS: readonly Command[] = [iptables, iptablesSave, ip6tables, ip6tablesSave, ipvsadm, nft];

/** By absolute path. */
export function packetTools(flavour: Flavour): [path: string, program: Program][] {
  return TOOLS.map(({ path, program }) => [path, program(flavour)]);
}
