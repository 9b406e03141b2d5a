import type { IptablesEdit, IptablesRefusal, TableName } from "../../base/packet-filter.ts";
import type { Call } from "../../base/syscalls.ts";
import type { CommandIo } from "../command.ts";

/** Root alone may look at the packet filter. */
export function mayLook({ ctx }: CommandIo): boolean {
  return ctx.user.uid === 0;
}

/** What the kernel has for this network namespace; iptables' rules with counters or without. */
export function* packetFilter<T>(ask: "IPv4" | "IPv6" | "ipvs" | "nftables", counted = false): Call<T> {
  return (yield { call: "packet-filter", ask, counted }) as T;
}

/** Makes all changes of a table, or none. Throws EPERM where there is no filter to change. */
export function* editIptables(
  family: "IPv4" | "IPv6",
  table: TableName,
  edits: readonly IptablesEdit[],
): Call<{ at: number; why: IptablesRefusal } | undefined> {
  return (yield { call: "edit-iptables", family, table, edits }) as { at: number; why: IptablesRefusal } | undefined;
}
