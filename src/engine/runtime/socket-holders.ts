/**
 * Which processes have a socket open, as tools find out by looking into the folders /proc/<pid>/fd of all processes that
 * they see. Upstream: proc_pid_fd(5); ptrace(2) on who may look there.
 */
import type { NamespaceSockets, SocketHolder } from "../base/sockets.ts";
import type { TransportProtocol } from "./connection.ts";
import type { Socket } from "./description.ts";
import type { KernelProcess } from "./kernel-process.ts";
import type { Neighbour } from "./machine.ts";

/** A socket as a process has it open. */
export type HeldSocket = Socket & { readonly fd: number };

/** Without it, only processes of the same user that may do no more can be looked into. */
const TRACE = "SYS_PTRACE";

/** The sockets of the process' network namespace. */
export function socketsOf(process: KernelProcess): NamespaceSockets {
  const { namespace } = process.place.network;
  const found = new Map<string | object, SocketHolder[]>();
  let guarded = false;
  for (const each of process.machine.visible()) {
    if (!mayLook(process, each)) {
      guarded = true;
      continue;
    }
    const { pid, argv, user } = each;
    for (const held of each.sockets?.() ?? []) {
      if ("namespace" in held && held.namespace !== namespace) continue;
      const key = "namespace" in held ? keyOf(held) : held.connection;
      const holders = found.get(key) ?? [];
      holders.push({ pid, fd: held.fd, argv, user });
      found.set(key, holders);
    }
  }
  return {
    ...namespace.sockets((socket) => found.get("port" in socket ? keyOf(socket) : socket) ?? []),
    guarded,
  };
}

function keyOf({ protocol, port }: { protocol: TransportProtocol; port: number }): string {
  return `${protocol}/${port}`;
}

/** Whether a process may look into another one. */
export function mayLook({ user, machine }: KernelProcess, target: Neighbour): boolean {
  const { capabilities } = machine;
  const isRoot = user.uid === 0;
  if (isRoot && (capabilities === undefined || capabilities.has(TRACE))) return true;
  if (target.user !== (user.name || String(user.uid))) return false;
  if (!isRoot || capabilities === undefined) return true;
  return target.capabilities !== undefined && [...target.capabilities].every((each) => capabilities.has(each));
}
