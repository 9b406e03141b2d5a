import type { Call } from "../../base/syscalls.ts";
import type { CommandIo } from "../command.ts";

/** Root alone may look at the packet filter. */
export function mayLook({ ctx }: CommandIo): boolean {
  return ctx.user.uid === 0;
}

/** What the kernel has for this network namespace. */
export function* packetFilter<T>(ask: "IPv4" | "IPv6" | "ipvs" | "nftables"): Call<T> {
  return (yield { call: "packet-filter", ask }) as T;
}
