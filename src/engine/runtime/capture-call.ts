/** The system call `capture`: a socket of packets. Upstream: packet(7). */
import { SystemError } from "../base/program.ts";
import type { Kernel } from "./kernel.ts";
import type { KernelProcess } from "./kernel-process.ts";
import { FedStream } from "./streams.ts";

const NEEDED = "NET_RAW";

export function capture(kernel: Kernel, process: KernelProcess): number {
  const { user, machine, place } = process;
  const may = user.uid === 0 && (machine.capabilities === undefined || machine.capabilities.has(NEEDED));
  if (!may) throw new SystemError("EPERM", "socket");
  const stop = place.network.capture?.((packet) => {
    stream.push(`${JSON.stringify(packet)}\n`);
    kernel.settle();
  });
  if (stop === undefined) throw new SystemError("ENETUNREACH", "socket");
  const stream = new FedStream(stop);
  return process.install(stream);
}
