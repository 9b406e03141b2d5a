/** The ports of a program that a node's systemd runs, in no container. */
import { SystemError } from "../../base/program.ts";
import type { TransportProtocol } from "../../runtime/connection.ts";
import type { NetworkNamespace } from "../../runtime/network-namespace.ts";
import type { HeldSocket } from "../../runtime/socket-holders.ts";

export interface DaemonPorts {
  /** Those that it got. */
  readonly sockets: readonly HeldSocket[];
  close(): void;
}

/** After the standard streams. */
const FIRST_FD = 3;

/** A port that somebody else has is left to him, as the daemons try again and again. */
export function daemonPorts(
  namespace: NetworkNamespace,
  ports: readonly { port: number; bind: () => () => void }[],
): DaemonPorts {
  const protocol: TransportProtocol = "TCP";
  const taken = ports.flatMap(({ port, bind }) => {
    const close = unlessTaken(bind);
    return close === undefined ? [] : [{ port, close }];
  });
  return {
    sockets: taken.map(({ port }, at) => ({ namespace, protocol, port, fd: FIRST_FD + at })),
    close() {
      for (const { close } of taken) close();
    },
  };
}

/** Undefined where somebody else has the port. */
export function unlessTaken<T>(bind: () => T): T | undefined {
  try {
    return bind();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return undefined;
  }
}
