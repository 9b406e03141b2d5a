/** What programs see of their network namespace's packet filter, and change there. */
import type { SysCall } from "../base/program.ts";
import { SystemError } from "../base/program.ts";
import type { KernelProcess } from "./kernel-process.ts";

/** A namespace without a filter of its own has empty tables. */
export function packetFilter(
  process: KernelProcess,
  { ask, counted }: Extract<SysCall, { call: "packet-filter" }>,
): unknown {
  const filter = process.place.network.namespace.packetFilter;
  if (ask === "ipvs") return filter?.virtualServers() ?? [];
  return ask === "nftables" ? (filter?.nftables() ?? "") : (filter?.iptables(ask, counted) ?? []);
}

export function editIptables(
  process: KernelProcess,
  { family, table, edits }: Extract<SysCall, { call: "edit-iptables" }>,
): unknown {
  const filter = process.place.network.namespace.packetFilter;
  if (filter === undefined) throw new SystemError("EPERM", table);
  return filter.editIptables(family, table, edits);
}

export function editIpvs(process: KernelProcess, { edit }: Extract<SysCall, { call: "edit-ipvs" }>): unknown {
  const filter = process.place.network.namespace.packetFilter;
  if (filter === undefined) throw new SystemError("EPERM", edit.do);
  return filter.editIpvs(edit);
}
