/** What nodes and network troubleshooting images carry beyond a userland: tools that show addresses, sockets and the packet filter. */
import type { Program } from "../../base/program.ts";
import type { Command, Flavour } from "../command.ts";
import { ip6tables, ip6tablesSave, iptables, iptablesSave } from "./iptables.ts";
import { ip6tablesRestore, iptablesRestore } from "./iptables-restore.ts";
import { ip } from "./ip.ts";
import { ipvsadm } from "./ipvsadm.ts";
import { conntrack } from "./conntrack.ts";
import { fuser } from "./fuser.ts";
import { lsof } from "./lsof.ts";
import { netstat } from "./netstat.ts";
import { nft } from "./nft.ts";
import { ss } from "./ss.ts";
import { tcpdump } from "./tcpdump/tcpdump.ts";
import { traceroute } from "./traceroute.ts";

/** What the package iptables brings. */
export const iptablesTools: readonly Command[] = [
  iptables,
  iptablesSave,
  iptablesRestore,
  ip6tables,
  ip6tablesSave,
  ip6tablesRestore,
];

const TOOLS: readonly Command[] = [
  ...iptablesTools,
  ipvsadm,
  nft,
  ip,
  conntrack,
  fuser,
  lsof,
  netstat,
  ss,
  tcpdump,
  traceroute,
];

/** By absolute path. */
export function packetTools(flavour: Flavour): [path: string, program: Program][] {
  return TOOLS.map(({ path, program }) => [path, program(flavour)]);
}
