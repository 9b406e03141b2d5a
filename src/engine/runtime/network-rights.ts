/** What a process may do with its network beyond what everybody may. Upstream: capabilities(7). */
import { SystemError } from "../base/program.ts";
import type { KernelProcess } from "./kernel-process.ts";

/** Throws EPERM. */
export function demandRight({ user, machine }: KernelProcess, right: "NET_ADMIN" | "NET_RAW"): void {
  const may = user.uid === 0 && (machine.capabilities === undefined || machine.capabilities.has(right));
  if (!may) throw new SystemError("EPERM", "socket");
}
