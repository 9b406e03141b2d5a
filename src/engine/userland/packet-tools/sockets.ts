import type { NamespaceSockets } from "../../base/sockets.ts";
import type { Call } from "../../base/syscalls.ts";

/** Addresses of this network namespace and who listens there. */
export function* sockets(): Call<NamespaceSockets> {
  return (yield { call: "sockets" }) as NamespaceSockets;
}
