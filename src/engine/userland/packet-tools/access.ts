import type { IptablesEdit, IptablesRefusal, TableName } from "../../base/packet-filter.ts";
import type { Call } from "../../base/syscalls.ts";
import { SystemError } from "../../base/program.ts";

/** Only who may administer the network may look at its packet filter: root of a node, not that of a container. */
export function* mayLook(): Call<boolean> {
  try {
    yield* packetFilter("ipvs");
    return true;
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno !== "EPERM") throw error;
    return false;
  }
}

/** What the kernel has for this network namespace; iptables' rules with counters or without. */
export function* packetFilter<T>(ask: "IPv4" | "IPv6" | "ipvs" | "nftables", counted = false): Call<T> {
  return (yield { call: "packet-filter", ask, counted }) as T;
}

/** Makes all changes of a table, or none. Throws EPERM, and EINVAL where there is no filter to change. */
export function* editIptables(
  family: "IPv4" | "IPv6",
  table: TableName,
  edits: readonly IptablesEdit[],
): Call<{ at: number; why: IptablesRefusal } | undefined> {
  return (yield { call: "edit-iptables", family, table, edits }) as { at: number; why: IptablesRefusal } | undefined;
}
