/** What programs see of their network namespace's packet filter, and change there. */
import type { SysCall } from "../base/program.ts";
import { SystemError } from "../base/program.ts";
import type { KernelProcess } from "./kernel-process.ts";
import { demandRight } from "./network-rights.ts";

/** A namespace without a filter of its own has empty tables. Throws EPERM. */
export function packetFilter(
  process: KernelProcess,
  { ask, counted }: Extract<SysCall, { call: "packet-filter" }>,
): unknown {
  demandRight(process, "NET_ADMIN");
  const filter = process.place.network.namespace.packetFilter;
  if (ask === "ipvs") return filter?.virtualServers() ?? [];
  return ask === "nftables" ? (filter?.nftables() ?? "") : (filter?.iptables(ask, counted) ?? []);
}

export function editIptables(
  process: KernelProcess,
  { family, table, edits }: Extract<SysCall, { call: "edit-iptables" }>,
): unknown {
  demandRight(process, "NET_ADMIN");
  const filter = process.place.network.namespace.packetFilter;
  if (filter === undefined) throw new SystemError("EINVAL", table);
  return filter.editIptables(family, table, edits);
}

export function editIpvs(process: KernelProcess, { edit }: Extract<SysCall, { call: "edit-ipvs" }>): unknown {
  demandRight(process, "NET_ADMIN");
  const filter = process.place.network.namespace.packetFilter;
  if (filter === undefined) throw new SystemError("EINVAL", edit.do);
  return filter.editIpvs(edit);
}
