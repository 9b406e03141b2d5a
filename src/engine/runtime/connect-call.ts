/** The system calls of sockets: `connect`, `listen-tcp`, `listen-udp`, `accept`, `shutdown`. */
import type { Connected, SysCall } from "../base/program.ts";
import { SystemError } from "../base/program.ts";
import type { Connection } from "./connection.ts";
import { BLOCKED } from "./description.ts";
import type { Kernel } from "./kernel.ts";
import type { KernelProcess } from "./kernel-process.ts";
import { ListeningSocket, SocketStream } from "./socket-stream.ts";

export function connect(
  kernel: Kernel,
  process: KernelProcess,
  call: Extract<SysCall, { call: "connect" }>,
): typeof BLOCKED {
  const { host, port, protocol = "TCP", timeoutMs } = call;
  const settle = (): void => kernel.settle();
  let giveUp = (): void => {};
  let waiting = true;
  process.park(() => {
    waiting = false;
    giveUp();
  });
  giveUp = process.place.network.connect(
    { host, port, protocol, ...(timeoutMs !== undefined && { timeoutMs }) },
    {
      opened(connection) {
        giveUp = (): void => {};
        const stream = new SocketStream(connection, protocol, settle);
        process.answer({ value: connected(process, stream) });
        settle();
        return stream;
      },
      fail(errno, detail) {
        giveUp = (): void => {};
        process.answer({ error: new SystemError(errno, detail) });
        settle();
      },
    },
  );
  if (!waiting) giveUp = (): void => {};
  return BLOCKED;
}

export function listenOn(
  kernel: Kernel,
  process: KernelProcess,
  call: Extract<SysCall, { call: "listen-tcp" | "listen-udp" }>,
): number {
  const { network } = process.place;
  if (network.canListen === false) throw new SystemError("EACCES", `:${call.port}`);
  const { port, address } = call;
  const protocol = call.call === "listen-tcp" ? "TCP" : "UDP";
  const at = { port, protocol, address } as const;
  return process.install(new ListeningSocket(network.namespace, at, () => kernel.settle()));
}

export function accept(process: KernelProcess, fd: number): unknown {
  const socket = process.description(fd);
  if (!(socket instanceof ListeningSocket)) throw new SystemError("EINVAL", String(fd));
  return process.attempt(() => {
    const stream = socket.accept();
    return stream === BLOCKED ? BLOCKED : connected(process, stream);
  }, [socket.changed]);
}

export function shutdown(process: KernelProcess, fd: number): void {
  const stream = process.description(fd);
  if (!(stream instanceof SocketStream)) throw new SystemError("EINVAL", String(fd));
  stream.finish();
}

function connected(process: KernelProcess, stream: SocketStream): Connected {
  const { localAddress, localPort, remoteAddress, remotePort }: Connection = stream.connection;
  return { fd: process.install(stream), localAddress, localPort, remoteAddress, remotePort };
}
