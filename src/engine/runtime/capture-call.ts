/** The system call `capture`: a socket of packets. Upstream: packet(7). */
import { SystemError } from "../base/program.ts";
import type { Kernel } from "./kernel.ts";
import type { KernelProcess } from "./kernel-process.ts";
import { demandRight } from "./network-rights.ts";
import { FedStream } from "./streams.ts";

export function capture(kernel: Kernel, process: KernelProcess): number {
  demandRight(process, "NET_RAW");
  const stop = process.place.network.capture?.((packet) => {
    stream.push(`${JSON.stringify(packet)}\n`);
    kernel.settle();
  });
  if (stop === undefined) throw new SystemError("ENETUNREACH", "socket");
  const stream = new FedStream(stop);
  return process.install(stream);
}
